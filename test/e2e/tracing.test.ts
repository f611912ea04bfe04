/** Traces from the request to the receiver: ids, times, links, refusals, disconnects, and sampled callers. */
import t, { type Test } from 'tap';
import type { Config } from '../../src/config/schema.ts';
import { DIES, FAULTY_WORKER, Gate, HELD } from '../support/faults.ts';
import { get, jsonOf, post, scrape, until, Wire } from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import type { OtlpSpan } from '../support/otlp.ts';
import { startReceiver, type OtlpReceiver } from '../support/otlp-receiver.ts';
import { startServer, stopNow, type Running, type ServerSettings } from '../support/start-server.ts';
import { affine, brightness } from '../support/tiny-models.ts';
import { plain } from './fixtures/images.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';
const row = (value: number): Buffer => Buffer.from(new Float32Array(4).fill(value).buffer);

interface Traced extends Running {
  readonly receiver: OtlpReceiver;
  readonly gate: Gate;
  /** Stops the server, and returns all spans that were sent. */
  finish(): Promise<Spans>;
}

async function start(
  t: Test,
  options: Partial<Config> = {},
  { models = modelRepository(t, { affine: affine() }) }: ServerSettings = {},
): Promise<Traced> {
  const receiver = await startReceiver(t);
  const gate = new Gate();
  t.teardown(() => gate.close());
  const running = await startServer(t, {
    models,
    workerFile: FAULTY_WORKER,
    options: { prefetchUnderMs: 0, tracingEndpoint: receiver.endpoint, ...options },
  });
  return {
    ...running,
    receiver,
    gate,
    async finish() {
      await stopNow(running.server);
      return new Spans(receiver.spans);
    },
  };
}

class Spans {
  readonly all: readonly OtlpSpan[];

  constructor(all: readonly OtlpSpan[]) {
    this.all = all;
  }

  get servers(): readonly OtlpSpan[] {
    return this.all.filter(({ kind }) => kind === 2);
  }

  named(name: string): readonly OtlpSpan[] {
    return this.all.filter((span) => span.name === name);
  }

  /** The only one of that name. */
  one(name: string): OtlpSpan {
    const found = this.named(name);
    if (found.length !== 1) throw new Error(`There are ${found.length} spans of the name ${name}.`);
    return found[0]!;
  }

  /** Server span of the request with that id. */
  of(requestId: string): OtlpSpan {
    return this.servers.find(({ attributes }) => attributes['ortolan.request_id'] === requestId)!;
  }

  childrenOf({ traceId, spanId }: OtlpSpan): readonly OtlpSpan[] {
    return this.all.filter((span) => span.traceId === traceId && span.parentSpanId === spanId);
  }
}

const msOf = ({ start, end }: OtlpSpan): number => Number(end - start) / 1e6;

t.test('a prediction is a trace of its stages, and its batch another that links to it', async (t) => {
  const models = modelRepository(t, { brightness: brightness() });
  const made = await start(t, {}, { models });
  const before = BigInt(Date.now() - 10) * 1_000_000n;
  const response = await post(made.port, '/v1/predict?top_k=1', plain([255, 0, 0]), {
    'x-request-id': 'one',
  });
  const after = BigInt(Date.now() + 10) * 1_000_000n;
  t.equal(response.status, 200);
  const spans = await made.finish();

  const server = spans.one('POST /v1/predict');
  const children = spans.childrenOf(server);
  t.strictSame(
    children.map(({ name }) => name),
    ['read', 'queue', 'decode', 'infer', 'post'],
  );
  t.ok(server.start >= before && server.end <= after, 'the times are wall-clock times');
  let last = server.start;
  for (const { name, start, end } of children) {
    t.ok(start >= last && end >= start && end <= server.end, `${name} begins where the one before has ended`);
    last = end;
  }
  const timings = jsonOf<{ timings_ms: Record<string, number> }>(response).timings_ms;
  for (const child of children) {
    t.ok(Math.abs(msOf(child) - timings[child.name]!) < 0.02, `${child.name} took what the answer says`);
  }
  t.match(server, {
    parentSpanId: '',
    status: 0,
    attributes: {
      'http.request.method': 'POST',
      'http.route': '/v1/predict',
      'url.path': '/v1/predict',
      'http.response.status_code': 200,
      'ortolan.request_id': 'one',
      'ortolan.model.name': 'brightness',
      'ortolan.model.version': '1',
    },
  });
  t.equal(response.headers.get('traceresponse'), `00-${server.traceId}-${server.spanId}-01`);
  t.match(
    made.log.find((line) => line['request_id'] === 'one'),
    { trace_id: server.traceId, span_id: server.spanId },
  );

  const batch = spans.one('batch');
  const infer = spans.one('infer');
  t.strictSame(idsOf(batch.links), [idOf(server)]);
  t.strictSame(idsOf(infer.links), [idOf(batch)]);
  t.not(batch.traceId, server.traceId);
  t.ok(batch.start >= server.start && batch.end <= server.end);
  t.match(batch.attributes, {
    'ortolan.batch.size': 1,
    'ortolan.batch.reason': 'idle',
    'ortolan.batch.outcome': 'done',
    'ortolan.worker': 0,
    'ortolan.model.name': 'brightness',
  });
  t.ok((batch.attributes['ortolan.batch.predicted_ms'] as number) > 0);
  t.match(made.receiver.exports[0]?.resource, { 'service.name': 'ortolan', 'service.version': /^\d/ });
});

const idOf = ({ traceId, spanId }: { readonly traceId: string; readonly spanId: string }): string =>
  `${traceId} ${spanId}`;
const idsOf = (some: readonly OtlpSpan['links'][number][]): string[] => some.map(idOf);

t.test('a batch of several requests links to each of them, and each of them to it', async (t) => {
  const made = await start(t);
  const first = post(made.port, '/v1/predict', row(HELD));
  await made.gate.held();
  const unsampled = { traceparent: `00-${TRACE}-${PARENT}-00` };
  const queued = ['a', 'b', 'c'].map((id) =>
    post(made.port, '/v1/predict', row(1), { 'x-request-id': id, ...(id === 'c' ? unsampled : {}) }),
  );
  await until(async () => (await scrape(made.port))('ortolan_queue_rows') === 3);
  made.gate.open();
  for (const response of await Promise.all([first, ...queued])) t.equal(response.status, 200);
  const spans = await made.finish();
  const batch = spans.named('batch').find(({ attributes }) => attributes['ortolan.batch.size'] === 3)!;
  const servers = [spans.of('a'), spans.of('b')];
  t.strictSame(idsOf(batch.links).sort(), servers.map(idOf).sort());
  for (const server of servers) {
    const infer = spans.childrenOf(server).find(({ name }) => name === 'infer')!;
    t.strictSame(idsOf(infer.links), [idOf(batch)]);
    t.equal(infer.attributes['ortolan.batch.size'], 3);
  }
  t.equal(spans.of('c'), undefined, 'a request that is not sampled is not linked');
});

t.test('a request that is part of a sampled trace stays part of it, whatever the ratio', async (t) => {
  const made = await start(t, { tracingSampleRatio: 0 });
  const headers = { traceparent: `00-${TRACE}-${PARENT}-01`, tracestate: 'vendor=1, 0day=2' };
  const response = await post(made.port, '/v1/predict', row(1), headers);
  const other = await post(made.port, '/v1/predict', row(1), { traceparent: `00-${TRACE}-${PARENT}-00` });
  await post(made.port, '/v1/predict', row(1));
  t.match(response.headers.get('traceresponse'), new RegExp(`^00-${TRACE}-[\\da-f]{16}-01$`));
  t.notOk(other.headers.has('traceresponse'));
  const spans = await made.finish();
  t.equal(spans.servers.length, 1);
  t.match(spans.servers[0], {
    traceId: TRACE,
    parentSpanId: PARENT,
    traceState: 'vendor=1,0day=2',
    links: [],
  });
  t.equal(spans.servers[0]!.flags & 0x200, 0x200, 'its parent is another process');
});

t.test('where callers are only linked, their flag is not obeyed', async (t) => {
  const made = await start(t, { tracingParent: 'link' });
  await post(made.port, '/v1/predict', row(1), { traceparent: `00-${TRACE}-${PARENT}-00` });
  const spans = await made.finish();
  const [server] = spans.servers;
  t.not(server?.traceId, TRACE);
  t.equal(server?.parentSpanId, '');
  t.strictSame(idsOf(server!.links), [`${TRACE} ${PARENT}`]);
});

t.test('a malformed traceparent is ignored', async (t) => {
  const made = await start(t, { tracingSampleRatio: 1 });
  const response = await post(made.port, '/v1/predict', row(1), { traceparent: `00-${TRACE}-0-01` });
  t.equal(response.status, 200);
  const [server] = (await made.finish()).servers;
  t.not(server?.traceId, TRACE);
  t.equal(server?.parentSpanId, '');
});

t.test('refusals, bad input, faults and disconnects are spans, each with its outcome', async (t) => {
  const made = await start(t, { maxQueueRows: 1 });
  const { port, gate } = made;
  const as = (id: string): Record<string, string> => ({ 'x-request-id': id });
  await post(port, '/v1/predict', Buffer.alloc(3), as('bad'));
  await get(port, '/nothing/here?secret=1', as('nothing'));
  await post(port, '/v1/predict', row(DIES), as('died'));
  await until(async () => (await get(port, '/health')).status === 200);
  const running = await Wire.open(port);
  await running.send({ method: 'POST', path: '/v1/predict', body: row(HELD), headers: as('running') });
  await gate.held();
  const queued = await Wire.open(port);
  await queued.send({ method: 'POST', path: '/v1/predict', body: row(1), headers: as('queued') });
  await until(async () => (await scrape(port))('ortolan_queue_rows') === 1);
  await post(port, '/v1/predict', row(1), as('refused'));
  queued.leave();
  running.leave();
  await until(
    async () => (await scrape(port))('ortolan_requests_finished_total', { outcome: 'abandoned' }) === 2,
  );
  gate.open();
  await until(async () => (await scrape(port))('ortolan_wasted_rows_total') === 1);
  const spans = await made.finish();

  const summary = (id: string) => {
    const { name, status, attributes } = spans.of(id);
    const children = spans.childrenOf(spans.of(id)).map((child) => child.name);
    return [name, attributes['http.response.status_code'], status, attributes['error.type'], children];
  };
  const route = 'POST /v1/predict';
  t.strictSame(summary('bad'), [route, 400, 0, undefined, ['read']]);
  t.equal(spans.of('bad').attributes['ortolan.error.code'], 'BAD_SHAPE');
  t.strictSame(summary('nothing'), ['GET', 404, 0, undefined, []]);
  t.equal(spans.of('nothing').attributes['url.path'], '/nothing/here');
  t.strictSame(summary('died'), [route, 503, 2, 'WORKER_DIED', ['read', 'queue', 'infer']]);
  t.strictSame(summary('refused'), [route, 503, 2, 'QUEUE_FULL', []]);
  t.strictSame(summary('queued'), [route, undefined, 2, 'CLIENT_GONE', ['read', 'queue']]);
  t.strictSame(summary('running'), [route, undefined, 2, 'CLIENT_GONE', ['read', 'queue', 'infer']]);
  const outcomes = spans
    .named('batch')
    .map(({ attributes, status, links }) => [attributes['ortolan.batch.outcome'], status, links.length]);
  t.strictSame(outcomes, [
    ['died', 2, 1],
    ['done', 0, 1],
  ]);
});

t.test('probes are not traced, even in a sampled trace', async (t) => {
  const made = await start(t);
  const headers = { traceparent: `00-${TRACE}-${PARENT}-01` };
  for (const path of ['/health', '/health/ready', '/metrics', '/openapi.json']) {
    t.notOk((await get(made.port, path, headers)).headers.has('traceresponse'));
  }
  t.strictSame((await made.finish()).all, []);
});

t.test('with a ratio of 0 no span is made, sent or dropped', async (t) => {
  const made = await start(t, { tracingSampleRatio: 0 });
  for (let request = 0; request < 20; request++) await post(made.port, '/v1/predict', row(1));
  const samples = await scrape(made.port);
  t.equal(samples('ortolan_trace_spans_exported_total') + samples('ortolan_trace_spans_dropped_total'), 0);
  await made.finish();
  t.strictSame(made.receiver.requests, []);
});

t.test('exported spans are counted', async (t) => {
  const made = await start(t);
  await post(made.port, '/v1/predict', row(1));
  await until(async () => (await scrape(made.port))('ortolan_trace_spans_exported_total') > 0);
  const exported = (await scrape(made.port))('ortolan_trace_spans_exported_total');
  t.equal(exported, made.receiver.spans.length);
  t.equal((await scrape(made.port))('ortolan_trace_spans_dropped_total'), 0);
});

t.test('a histogram has a traced request as exemplar, with the trace id sent to the client', async (t) => {
  const made = await start(t);
  const response = await post(made.port, '/v1/predict', row(1));
  const [, traceId] = response.headers.get('traceresponse')!.split('-');
  const accept = 'application/openmetrics-text';
  const text = (await get(made.port, '/metrics', { accept })).body.toString('utf8');
  t.match(text, new RegExp(`^prediction_duration_seconds_bucket.* # \\{trace_id="${traceId}"\\}`, 'm'));
});
