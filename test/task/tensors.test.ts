/** From rows to rows: how a request is split into entries, and their outputs are joined. */
import t from 'tap';
import type { EntryOutcome } from '../../src/batcher/entry.ts';
import type { Payload } from '../../src/thread/payload.ts';
import { exchangeOf } from '../http/fixtures/exchange.ts';
import { done, rows, stagesOf, predicted } from '../http/fixtures/stages.ts';

const floats = (...values: readonly number[]): Buffer => Buffer.from(Float32Array.from(values).buffer);

/** Gives the rows back as they came. */
function identity(payload: Payload): EntryOutcome {
  if (payload.kind !== 'tensors') throw new Error('These are no tensors.');
  const { shape, data } = payload.inputs[0]!;
  return done({ kind: 'outputs', outputs: [{ shape, data: new Uint8Array(data) }] });
}

async function sent(
  values: readonly number[],
  run: (payload: Payload) => EntryOutcome = identity,
  headers: readonly (readonly [string, string])[] = [],
  changed: Parameters<typeof stagesOf>[2] = {},
) {
  const bytes = floats(...values);
  const each = exchangeOf([['content-length', String(bytes.length)], ...headers], {}, 'POST', {
    parameters: ['m'],
  });
  const made = stagesOf(rows(), run, changed);
  const over = predicted(each.exchange, made.stages);
  each.response.feed(bytes, true);
  await over;
  return { ...each, ...made };
}

const counted = (count: number): number[] => Array.from({ length: count * 4 }, (_, i) => i);

t.test(
  'a request is cut into entries of at most a batch that pays, in order, and joined again',
  async (t) => {
    for (const [count, cut] of [
      [1, [1]],
      [2, [2]],
      [5, [2, 2, 1]],
    ] as const) {
      const { submitted, response } = await sent(counted(count));
      t.strictSame(
        submitted.map((payload) => payload.kind === 'tensors' && payload.rows),
        cut,
      );
      const { outputs } = JSON.parse(response.body!) as { outputs: { y: number[][] } };
      t.strictSame(outputs.y.flat(), counted(count));
    }
  },
);

t.test('entries are smaller where larger batches do not pay', async (t) => {
  const { submitted } = await sent(counted(3), identity, [], { batchCap: 1 });
  t.strictSame(
    submitted.map((payload) => payload.kind === 'tensors' && payload.rows),
    [1, 1, 1],
    'although a batch of two could be run',
  );
});

t.test('one part that fails fails the request', async (t) => {
  let part = 0;
  const { response } = await sent(counted(5), (payload) =>
    ++part === 2
      ? { kind: 'failed', failure: { code: 'WORKER_DIED', detail: 'It died.' } }
      : identity(payload),
  );
  t.equal(response.status, '503 Service Unavailable');
  t.match(JSON.parse(response.body!), { code: 'WORKER_DIED', retryable: true });
});

t.test('a client that accepts an octet stream gets raw bytes', async (t) => {
  const { response } = await sent([1, 2, 3, 4], identity, [['accept', 'application/octet-stream']]);
  t.equal(response.headers.get('content-type'), 'application/octet-stream');
  t.match(response.headers.get('server-timing'), /batch;desc="1 idle narrow"/);
  t.equal(response.headers.get('x-tensor-datatype'), 'FP32');
  t.equal(response.headers.get('x-tensor-shape'), '1,4');
});

t.test('more rows than a queue can hold are refused without a retry', async (t) => {
  const { response, submitted } = await sent(counted(9));
  t.match(JSON.parse(response.body!), { code: 'BODY_TOO_LARGE', error: /9 rows.* 8 at most/ });
  t.equal(submitted.length, 0);
});
