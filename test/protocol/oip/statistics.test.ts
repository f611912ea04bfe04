import t from 'tap';
import { ServingError } from '../../../src/errors.ts';
import {
  allStatisticsRoute,
  modelStatisticsRoute,
  Statistics,
  versionStatisticsRoute,
} from '../../../src/protocol/oip/statistics.ts';
import { Events } from '../../../src/telemetry/events/events.ts';
import { createLog } from '../../../src/telemetry/log/log.ts';
import { fits } from '../conformance.ts';
import { answered, partsOf } from './fixtures.ts';

const LABELS = { model: 'iris', version: '1' };
const END = { requestId: 'r', method: 'POST', route: 'r', quiet: false, ms: 12.5, traceId: undefined };

/** Two requests that ran in one batch of three rows, and one that failed. */
function counted() {
  const { parts, metrics } = partsOf();
  const log = createLog({ level: 'CRITICAL', write: () => undefined });
  const events = new Events(log, metrics, { logSample: 1, logMaxPerSecond: Infinity });
  events.batches.done(LABELS, 3, { decodeMs: 1.5, inferMs: 8.25, postMs: 0.25 });
  const stages = { read: 1, queue: 2, decode: 1.5, infer: 8.25, post: 0.25 };
  for (const succeeded of [1, 2]) {
    events.requests.answered(END, 200, 1, { ...LABELS, succeeded, failed: 0, stages, best: [] });
  }
  events.requests.failed({ ...END, ms: 0.1 }, new ServingError('OVERLOADED', 'No.'), 1, LABELS);
  return parts;
}

const times = (count: number, ns: number): object => ({ count, ns });

t.test('requests answered from the cache were not inferred', async (t) => {
  const { parts, metrics } = partsOf();
  const log = createLog({ level: 'CRITICAL', write: () => undefined });
  const events = new Events(log, metrics, { logSample: 1, logMaxPerSecond: Infinity });
  const answer = (cache: { hit: boolean; reusedRows: number }, infer: number): void => {
    const stages = { read: 1, queue: 0, decode: 0, infer, post: 0 };
    events.requests.answered(END, 200, 1, { ...LABELS, succeeded: 2, failed: 0, cache, stages, best: [] });
  };
  answer({ hit: false, reusedRows: 1 }, 8);
  answer({ hit: true, reusedRows: 2 }, 0);
  const { body } = answered(versionStatisticsRoute.handle, parts, 'iris', '1');
  t.match(body['model_stats'], [
    {
      inference_count: 1,
      inference_stats: {
        success: { count: 2 },
        compute_infer: times(1, 8_000_000),
        cache_hit: times(1, 11_500_000),
        cache_miss: { count: 1 },
      },
    },
  ]);
});

t.test('requests and batches are counted in whole nanoseconds', async (t) => {
  const { body } = answered(versionStatisticsRoute.handle, counted(), 'iris', '1');
  fits(t, Statistics, JSON.stringify(body));
  const [{ last_inference: last, ...stats }] = body['model_stats'] as [Record<string, unknown>];
  t.ok(Math.abs(Date.now() - Number(last)) < 60_000);
  t.strictSame(stats, {
    name: 'iris',
    version: '1',
    inference_count: 3,
    execution_count: 1,
    inference_stats: {
      success: times(2, 25_000_000),
      fail: times(1, 100_000),
      queue: times(2, 4_000_000),
      compute_input: times(2, 3_000_000),
      compute_infer: times(2, 16_500_000),
      compute_output: times(2, 500_000),
      cache_hit: times(0, 0),
      cache_miss: times(0, 0),
    },
    batch_stats: [
      {
        batch_size: 3,
        compute_input: times(1, 1_500_000),
        compute_infer: times(1, 8_250_000),
        compute_output: times(1, 250_000),
      },
    ],
    memory_usage: [],
  });
});

t.test('what a version takes of the memory is told while it is loaded', async (t) => {
  const parts = counted();
  const [version] = parts.oip.catalogue.model('iris')!.versions;
  version!.memoryBytes = 4096;
  const { body } = answered(versionStatisticsRoute.handle, parts, 'iris', '1');
  fits(t, Statistics, JSON.stringify(body));
  t.match(body['model_stats'], [{ memory_usage: [{ type: 'CPU', id: 0, byte_size: 4096 }] }]);
});

t.test('versions that were never loaded are left out', async (t) => {
  const parts = counted();
  const versions = (body: Record<string, unknown>) =>
    (body['model_stats'] as { name: string; version: string }[]).map((one) => `${one.name} ${one.version}`);
  t.strictSame(versions(answered(allStatisticsRoute.handle, parts).body), ['iris 1']);
  t.strictSame(versions(answered(modelStatisticsRoute.handle, parts, 'iris').body), ['iris 1']);
  t.strictSame(versions(answered(versionStatisticsRoute.handle, parts, 'iris', '2').body), []);
});

t.test('statistics of an unknown model are not found', async (t) => {
  t.equal(answered(modelStatisticsRoute.handle, counted(), 'nope').status, '404 Not Found');
});
