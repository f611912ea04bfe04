import t from 'tap';
import type { BatchDispatch } from '../../../src/telemetry/trace/batch-trace.ts';
import { traced, WALL_OFFSET_MS } from '../../support/traced.ts';

const FACTS: BatchDispatch = {
  at: 100,
  model: 'tiny',
  version: '1',
  worker: 1,
  rows: 4,
  width: 'narrow',
  reason: 'full',
  waitedMs: 2,
  predictedMs: 9,
};
const END = {
  requestId: 'r1',
  method: 'POST',
  route: '/v1/predict',
  quiet: false,
  ms: 20,
  traceId: undefined,
};
const DONE = { kind: 'done', items: [], decodeMs: 2, decodeMsOf: [], inferMs: 8, postMs: 1 } as const;
const SENT = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled: false, state: undefined };

t.test('an unsampled request leaves no state, and its path is not read', async (t) => {
  const made = traced();
  let asked = 0;
  t.equal(
    made.tracer.begin(SENT, () => String(asked++)),
    undefined,
  );
  t.equal(asked, 0);
  t.strictSame(made.spans, []);
});

t.test('a batch without a sampled request is not traced', async (t) => {
  const { tracer, spans } = traced();
  t.equal(tracer.batch(FACTS, [{ trace: undefined }, { trace: undefined }]), undefined);
  t.strictSame(spans, []);
});

t.test('a batch is a separate trace that links once to each of its sampled requests', async (t) => {
  const { tracer, span } = traced();
  const one = tracer.begin(undefined, () => '/')!;
  const other = tracer.begin(undefined, () => '/')!;
  const batch = tracer.batch(FACTS, [
    { trace: one },
    { trace: undefined },
    { trace: other },
    { trace: one },
  ])!;
  batch.end(112, DONE);
  const { links, parent, traceId, startMs, endMs, attributes, failed } = span('batch');
  t.strictSame(
    links,
    [one, other].map(({ traceId, spanId }) => ({ traceId, spanId })),
  );
  t.equal(parent, undefined);
  t.notOk([one.traceId, other.traceId].includes(traceId));
  t.strictSame([startMs, endMs], [100 + WALL_OFFSET_MS, 112 + WALL_OFFSET_MS]);
  t.equal(failed, undefined);
  t.strictSame(attributes, {
    'ortolan.model.name': 'tiny',
    'ortolan.model.version': '1',
    'ortolan.batch.size': 4,
    'ortolan.batch.reason': 'full',
    'ortolan.batch.width': 'narrow',
    'ortolan.worker': 1,
    'ortolan.batch.waited_ms': 2,
    'ortolan.batch.predicted_ms': 9,
    'ortolan.batch.outcome': 'done',
    'ortolan.batch.decode_ms': 2,
    'ortolan.batch.infer_ms': 8,
    'ortolan.batch.post_ms': 1,
  });
});

t.test('each request of a batch links to it, and to both batches after a retry', async (t) => {
  const { tracer, span, clock } = traced();
  const trace = tracer.begin(undefined, () => '/')!;
  trace.queuedMs = 1;
  const died = tracer.batch(FACTS, [{ trace }])!;
  died.end(105, { kind: 'died' });
  const again = tracer.batch({ ...FACTS, at: 106 }, [{ trace }])!;
  again.end(112, DONE);
  clock.advance(120);
  trace.end(END, 100, { status: 200, model: undefined, stages: { queue: 1, decode: 2, infer: 8, post: 1 } });
  t.strictSame(
    span('infer').links.map(({ spanId }) => spanId),
    [died.spanId, again.spanId],
  );
  t.equal(span('infer').attributes['ortolan.batches'], 2);
});

t.test('a batch that failed, or whose worker died, is a failure with its code', async (t) => {
  const outcomes = [
    [{ kind: 'failure', code: 'INTERNAL', detail: 'It broke.' }, 'INTERNAL', 'It broke.'],
    [{ kind: 'died' }, 'WORKER_DIED', 'The worker died.'],
    [{ kind: 'cancelled' }, undefined, undefined],
  ] as const;
  for (const [outcome, code, failed] of outcomes) {
    const { tracer, span } = traced();
    tracer.batch(FACTS, [{ trace: tracer.begin(undefined, () => '/') }])!.end(112, outcome);
    t.equal(span('batch').attributes['error.type'], code);
    t.equal(span('batch').failed, failed);
    t.equal(span('batch').attributes['ortolan.batch.outcome'], outcome.kind);
  }
});

t.test('times are adjusted to the wall clock only for differences above its resolution', async (t) => {
  let wall = 1_000_000;
  const { tracer } = traced({ wallNow: () => wall });
  wall += 4;
  tracer.add([]);
  t.equal(tracer.wallMs(0), 1_000_000);
  wall += 4;
  tracer.add([]);
  t.equal(tracer.wallMs(0), 1_000_008);
});
