import t from 'tap';
import { showBatches } from '../../../src/protocol/ops/batches.ts';
import type { BatchRecord } from '../../../src/scheduler/recent-batches.ts';
import { exchangeOf } from '../../http/fixtures/exchange.ts';

const DONE: BatchRecord = {
  at: 1000,
  model: 'tiny',
  version: '2',
  worker: 1,
  rows: 3,
  width: 'wide',
  reason: 'full',
  left: 4,
  waitedMs: 0.123456,
  predictedMs: 9.876,
  outcome: 'done',
  decodeMs: 1.2345,
  inferMs: 8,
};
const RUNNING: BatchRecord = { ...DONE, outcome: undefined, decodeMs: undefined, inferMs: undefined };

function shown(batches: readonly BatchRecord[], now: number, query = ''): unknown[] {
  const { exchange, response } = exchangeOf([], {}, 'GET', { query });
  showBatches(exchange, batches, now);
  return (JSON.parse(response.body!) as { batches: unknown[] }).batches;
}

t.test('a batch has its model, worker, reason, size and times', async (t) => {
  t.strictSame(shown([DONE], 1012.5), [
    {
      ago_ms: 12.5,
      model: { name: 'tiny', version: '2' },
      worker: 1,
      size: 3,
      width: 'wide',
      reason: 'full',
      left_in_queue: 4,
      waited_ms: 0.12,
      predicted_ms: 9.88,
      outcome: 'done',
      decode_ms: 1.23,
      infer_ms: 8,
    },
  ]);
});

t.test('a running batch is shown as running, without its later times', async (t) => {
  const [batch] = shown([RUNNING], 1000) as [object];
  t.match(batch, { ago_ms: 0, outcome: 'running' });
  t.notOk('decode_ms' in batch || 'infer_ms' in batch);
});

t.test('batches are shown in the order in which they are given', async (t) => {
  t.match(shown([RUNNING, DONE], 1000), [{ outcome: 'running' }, { outcome: 'done' }]);
  t.strictSame(shown([], 1000), []);
});

t.test('a limit returns that many of the newest batches', async (t) => {
  t.match(shown([RUNNING, DONE], 1000, 'limit=1'), [{ outcome: 'running' }]);
  t.equal(shown([RUNNING, DONE], 1000, 'limit=1').length, 1);
  t.equal(shown([RUNNING, DONE], 1000, 'limit=3').length, 2);
});

for (const limit of ['', '0', '-1', '1.5', 'ten', '1e3']) {
  t.test(`a limit of ${limit === '' ? 'nothing' : limit} is refused`, async (t) => {
    t.throws(() => shown([DONE], 1000, `limit=${limit}`), { code: 'BAD_QUERY', pointer: '/limit' });
  });
}
