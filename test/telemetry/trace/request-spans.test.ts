import fc from 'fast-check';
import t from 'tap';
import type { RequestEnd } from '../../../src/telemetry/log/request-line.ts';
import type { BatchDispatch } from '../../../src/telemetry/trace/batch-trace.ts';
import type { TraceContext } from '../../../src/telemetry/trace/context.ts';
import type { RequestOutcome } from '../../../src/telemetry/trace/request-spans.ts';
import type { RequestTrace } from '../../../src/telemetry/trace/request-trace.ts';
import { traced, WALL_OFFSET_MS, type Traced } from '../../support/traced.ts';

const ARRIVED_AT = 5000;
const MODEL = { model: 'tiny', version: '1' };
const END: RequestEnd = {
  requestId: 'r1',
  method: 'POST',
  route: '/v1/predict',
  quiet: false,
  ms: 20,
  traceId: undefined,
};
const ANSWERED: RequestOutcome = {
  status: 200,
  model: MODEL,
  stages: { queue: 3, decode: 2, infer: 8, post: 1 },
};
const BATCH: BatchDispatch = {
  ...MODEL,
  at: ARRIVED_AT + 6,
  worker: 1,
  rows: 4,
  width: 'narrow',
  reason: 'full',
  waitedMs: 2,
  predictedMs: 9,
};

/** A request that was read in 1 ms and queued after 4, unless overridden. */
function traceOf(made: Traced, sent?: TraceContext, way: Partial<RequestTrace> = {}): RequestTrace {
  made.clock.advance(ARRIVED_AT);
  const trace = made.tracer.begin(sent, () => '/v1/predict')!;
  return Object.assign(trace, { readMs: 1, queuedMs: 4, ...way });
}

/** Names with their start and end, in milliseconds since the arrival. */
const placesOf = ({ spans }: Traced) =>
  spans.map(({ name, startMs, endMs }) => [
    name,
    Math.round(startMs - WALL_OFFSET_MS - ARRIVED_AT),
    Math.round(endMs - WALL_OFFSET_MS - ARRIVED_AT),
  ]);

t.test('the stages of an answered request are consecutive spans with their times', async (t) => {
  const made = traced();
  traceOf(made).end(END, ARRIVED_AT, ANSWERED);
  t.strictSame(placesOf(made), [
    ['POST /v1/predict', 0, 20],
    ['read', 0, 1],
    ['queue', 4, 7],
    ['decode', 7, 9],
    ['infer', 9, 17],
    ['post', 17, 18],
  ]);
});

t.test('all stages are children of the server span, in one trace, with unique ids', async (t) => {
  const made = traced();
  const trace = traceOf(made);
  trace.end(END, ARRIVED_AT, ANSWERED);
  const [server, ...children] = made.spans;
  t.equal(server?.spanId, trace.spanId);
  t.equal(server?.parent, undefined);
  t.equal(server?.kind, 'server');
  for (const child of children) {
    t.match(child, { kind: 'internal', traceId: trace.traceId, parent: { spanId: trace.spanId } });
  }
  t.equal(new Set(made.spans.map(({ spanId }) => spanId)).size, made.spans.length);
});

t.test('the server span has the attributes of the HTTP conventions', async (t) => {
  const made = traced();
  traceOf(made).end(END, ARRIVED_AT, ANSWERED);
  t.strictSame(made.span('POST /v1/predict').attributes, {
    'http.request.method': 'POST',
    'url.path': '/v1/predict',
    'url.scheme': 'http',
    'http.route': '/v1/predict',
    'http.response.status_code': 200,
    'ortolan.request_id': 'r1',
    'ortolan.model.name': 'tiny',
    'ortolan.model.version': '1',
  });
});

t.test('a request without a route or a known method has a low-cardinality name', async (t) => {
  const made = traced();
  traceOf(made).end({ ...END, route: 'none' }, ARRIVED_AT, { status: 404, model: undefined });
  t.equal(made.spans[0]?.name, 'POST');
  t.notOk('http.route' in made.spans[0]!.attributes);
  const other = traced();
  traceOf(other).end({ ...END, method: 'other' }, ARRIVED_AT, ANSWERED);
  t.equal(other.spans[0]?.name, 'HTTP /v1/predict');
  t.equal(other.spans[0]?.attributes['http.request.method'], '_OTHER');
});

t.test('the received parent is the parent of the server span, with its tracestate', async (t) => {
  const made = traced();
  const sent = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled: true, state: 'vendor=1' };
  traceOf(made, sent).end(END, ARRIVED_AT, ANSWERED);
  const [server, child] = made.spans;
  t.match(server?.parent, { traceId: sent.traceId, spanId: sent.spanId, remote: true });
  t.equal(server?.state, 'vendor=1');
  t.equal(child?.state, 'vendor=1');
  t.equal(child?.traceId, sent.traceId);
});

t.test('a caller that is not trusted is linked', async (t) => {
  const made = traced({ sampling: { ratio: 1, parent: 'link' } });
  const sent = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled: false, state: undefined };
  traceOf(made, sent).end(END, ARRIVED_AT, ANSWERED);
  const [server] = made.spans;
  t.equal(server?.parent, undefined);
  t.match(server?.links, [{ traceId: sent.traceId, spanId: sent.spanId, remote: true }]);
});

t.test('refusals and server errors fail the span with their code; client errors do not', async (t) => {
  const refused = traced();
  traceOf(refused, undefined, { queuedMs: undefined }).end(END, ARRIVED_AT, {
    status: 503,
    error: { code: 'QUEUE_FULL', message: 'The queue is full.' },
    model: MODEL,
  });
  t.match(refused.spans[0], {
    failed: 'The queue is full.',
    attributes: { 'error.type': 'QUEUE_FULL', 'ortolan.error.code': 'QUEUE_FULL' },
  });
  t.strictSame(
    refused.spans.map(({ name }) => name),
    ['POST /v1/predict', 'read'],
  );
  const bad = traced();
  traceOf(bad, undefined, { queuedMs: undefined }).end(END, ARRIVED_AT, {
    status: 400,
    error: { code: 'BAD_JSON', message: 'No JSON.' },
    model: MODEL,
  });
  t.equal(bad.spans[0]?.failed, undefined);
  t.notOk('error.type' in bad.spans[0]!.attributes);
  t.equal(bad.spans[0]?.attributes['ortolan.error.code'], 'BAD_JSON');
});

t.test('a request whose client disconnects in the queue is a failure without a status', async (t) => {
  const made = traced();
  traceOf(made).end(END, ARRIVED_AT, { status: undefined, model: MODEL });
  t.match(made.spans[0], { failed: /left/, attributes: { 'error.type': 'CLIENT_GONE' } });
  t.notOk('http.response.status_code' in made.spans[0]!.attributes);
  t.strictSame(placesOf(made).at(-1), ['queue', 4, 20]);
});

t.test('a request that ended during its batch run was queued until the batch was sent', async (t) => {
  const made = traced();
  const trace = traceOf(made);
  const batch = made.tracer.batch(BATCH, [{ trace }])!;
  trace.end(END, ARRIVED_AT, { status: undefined, model: MODEL });
  t.strictSame(placesOf(made).slice(-2), [
    ['queue', 4, 6],
    ['infer', 6, 20],
  ]);
  t.match(made.span('infer').links, [{ traceId: batch.traceId, spanId: batch.spanId }]);
});

t.test('a request whose image was bad has the stages of its batch', async (t) => {
  const made = traced();
  const trace = traceOf(made);
  const batch = made.tracer.batch(BATCH, [{ trace }])!;
  const work = { decodeMs: 2, decodeMsOf: [], inferMs: 8, postMs: 1 };
  batch.end(ARRIVED_AT + 18, { kind: 'done', items: [], ...work });
  trace.end(END, ARRIVED_AT, {
    status: 400,
    error: { code: 'IMAGE_CORRUPT', message: 'No.' },
    model: MODEL,
  });
  t.strictSame(placesOf(made).slice(-4), [
    ['queue', 4, 7],
    ['decode', 7, 9],
    ['infer', 9, 17],
    ['post', 17, 18],
  ]);
});

t.test('fetching images by URL is a separate stage', async (t) => {
  const made = traced();
  traceOf(made, undefined, { fetched: { fromMs: 1, untilMs: 4 } }).end(END, ARRIVED_AT, ANSWERED);
  t.strictSame(placesOf(made)[2], ['fetch', 1, 4]);
});

t.test('the run span links to its batch, and has the attributes of the batch', async (t) => {
  const made = traced();
  const trace = traceOf(made);
  const batch = made.tracer.batch(BATCH, [{ trace }])!;
  trace.end(END, ARRIVED_AT, ANSWERED);
  t.match(made.span('infer'), {
    links: [{ traceId: batch.traceId, spanId: batch.spanId }],
    attributes: { 'ortolan.batch.size': 4, 'ortolan.batch.reason': 'full', 'ortolan.worker': 1 },
  });
  t.strictSame(made.span('queue').links, []);
});

t.test('for any stage times, no span ends before it begins or exceeds its parent', async () => {
  const ms = fc.double({ min: 0, max: 100, noNaN: true });
  const stages = fc.record({ queue: ms, decode: ms, infer: ms, post: ms });
  const maybe = <T>(some: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
    fc.option(some, { nil: undefined });
  const batch = fc.record({ sent: ms, ended: maybe(ms), done: fc.boolean() });
  fc.assert(
    fc.property(ms, maybe(ms), maybe(ms), maybe(stages), maybe(batch), (all, read, queued, took, went) => {
      const made = traced();
      const trace = traceOf(made, undefined, { readMs: read, queuedMs: queued });
      if (went !== undefined) {
        const one = made.tracer.batch({ ...BATCH, at: ARRIVED_AT + went.sent }, [{ trace }])!;
        const work = { decodeMs: 1, decodeMsOf: [], inferMs: 2, postMs: 3 };
        const outcome = went.done
          ? ({ kind: 'done', items: [], ...work } as const)
          : ({ kind: 'died' } as const);
        if (went.ended !== undefined) one.end(ARRIVED_AT + went.sent + went.ended, outcome);
      }
      trace.end({ ...END, ms: all }, ARRIVED_AT, { status: 200, model: MODEL, stages: took });
      const own = made.spans.filter(({ name }) => name !== 'batch');
      const [server] = own;
      return own.every(
        ({ startMs, endMs }) => startMs <= endMs && startMs >= server!.startMs && endMs <= server!.endMs,
      );
    }),
  );
});
