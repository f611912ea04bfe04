import t from 'tap';
import { recordTelemetry } from '../../../support/telemetry.ts';

const MODEL = { model: 'tiny', version: '1' };

t.test('a failed batch is logged with its cause, which is not sent to clients', async (t) => {
  const { events, lines } = recordTelemetry();
  events.batches.failed(MODEL, { code: 'INTERNAL', detail: 'Error: out of memory at infer.ts' });
  t.match(lines, [
    { level: 'ERROR', ...MODEL, code: 'INTERNAL', reason: 'Error: out of memory at infer.ts' },
  ]);
});

t.test('batches and rows are counted and never logged, because there are too many', async (t) => {
  const { events, lines, value } = recordTelemetry();
  events.batches.dispatched(MODEL, 4, 'full', 'wide');
  events.batches.done(MODEL, 3, { decodeMs: 5, inferMs: 14, postMs: 1 });
  events.batches.rowsDropped(MODEL, 3, 'queue', 'expired');
  events.batches.rowsWasted(MODEL, 2);
  t.same(lines, []);
  const expected: readonly (readonly [string, number])[] = [
    ['ortolan_batches_total{model="tiny",version="1",reason="full",width="wide"}', 1],
    ['ortolan_batch_rows_sum{model="tiny",version="1"}', 4],
    ['ortolan_batch_duration_seconds_sum{model="tiny",version="1"}', 0.02],
    ['ortolan_worker_busy_seconds_total', 0.02],
    ['ortolan_dropped_rows_total{model="tiny",version="1",stage="queue",reason="expired"}', 3],
    ['ortolan_wasted_rows_total{model="tiny",version="1"}', 2],
  ];
  for (const [series, number] of expected) t.equal(await value(series), number, series);
});
