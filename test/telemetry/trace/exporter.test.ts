/** The exporter against a receiver on a real socket, which decodes the bytes independently. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { createExporter } from '../../../src/telemetry/trace/exporter.ts';
import type { SpanRecord } from '../../../src/telemetry/trace/span.ts';
import { VERSION } from '../../../src/version.ts';
import { settled } from '../../support/fake-clock.ts';
import { until } from '../../support/http-client.ts';
import { startReceiver } from '../../support/otlp-receiver.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN: SpanRecord = {
  name: 'POST /v1/predict',
  kind: 'server',
  traceId: TRACE,
  spanId: '00f067aa0ba902b7',
  parent: { traceId: TRACE, spanId: 'b7ad6b7169203331', remote: true, state: '0day=1' },
  state: '0day=1',
  startMs: 1_764_230_400_123.25,
  endMs: 1_764_230_400_140.5,
  attributes: { 'http.response.status_code': 503, 'url.path': '/v1/predict', ratio: 0.5, yes: true },
  links: [{ traceId: 'c'.repeat(32), spanId: 'd'.repeat(16), remote: true, state: 'x=y' }],
  failed: 'The queue is full.',
};
const CHILD: SpanRecord = {
  ...SPAN,
  name: 'queue',
  kind: 'internal',
  spanId: 'e'.repeat(16),
  parent: { traceId: TRACE, spanId: SPAN.spanId },
  links: [],
  failed: undefined,
};

const exporterOf = (endpoint: string) =>
  createExporter({ url: `${endpoint}/v1/traces`, serviceName: 'birds' });

t.test('a span arrives unchanged: ids, times to the microsecond, attributes, links, status', async (t) => {
  const receiver = await startReceiver(t);
  const exporter = exporterOf(receiver.endpoint);
  t.strictSame(await exporter.send([SPAN, CHILD]), { kind: 'taken' });
  exporter.close();
  const [server, child] = receiver.spans;
  t.match(server, {
    name: 'POST /v1/predict',
    kind: 2,
    traceId: TRACE,
    spanId: SPAN.spanId,
    parentSpanId: 'b7ad6b7169203331',
    traceState: '0day=1',
    attributes: SPAN.attributes,
    links: [{ traceId: 'c'.repeat(32), spanId: 'd'.repeat(16), traceState: 'x=y' }],
    status: 2,
    message: 'The queue is full.',
  });
  t.ok(Math.abs(Number(server!.start - 1_764_230_400_123_250_000n)) < 1000);
  t.ok(Math.abs(Number(server!.end - 1_764_230_400_140_500_000n)) < 1000);
  t.match(child, { name: 'queue', kind: 1, parentSpanId: SPAN.spanId, status: 0, links: [] });
  // Bits 8 and 9: whether the parent is remote is known, and it is.
  t.equal(server!.flags & 0x3ff, 0x301);
  t.equal(child!.flags & 0x3ff, 0x101);
  t.equal(receiver.requests[0]?.path, '/v1/traces');
  t.equal(receiver.requests[0]?.headers['content-type'], 'application/x-protobuf');
});

t.test('spans carry the service that sends them, and OTEL_RESOURCE_ATTRIBUTES adds to it', async (t) => {
  const receiver = await startReceiver(t);
  process.env['OTEL_RESOURCE_ATTRIBUTES'] = 'deployment.environment.name=staging,service.name=others';
  t.teardown(() => delete process.env['OTEL_RESOURCE_ATTRIBUTES']);
  const exporter = exporterOf(receiver.endpoint);
  await exporter.send([CHILD]);
  exporter.close();
  t.match(receiver.exports[0], {
    scope: 'ortolan',
    resource: {
      'service.name': 'birds',
      'service.version': VERSION,
      'service.instance.id': /^[\da-f-]{36}$/,
      'deployment.environment.name': 'staging',
    },
  });
});

t.test('a batch that the receiver refuses with 400 is not retried', async (t) => {
  const receiver = await startReceiver(t);
  receiver.answers = 400;
  const exporter = exporterOf(receiver.endpoint);
  t.match(await exporter.send([CHILD]), { kind: 'refused', reason: /^400/ });
  exporter.close();
  t.equal(receiver.requests.length, 1);
});

t.test('a port without a listener fails at once, and spans may be sent again', async (t) => {
  const receiver = await startReceiver(t);
  await receiver.close();
  const exporter = exporterOf(receiver.endpoint);
  t.match(await exporter.send([CHILD]), { kind: 'failed', reason: /ECONNREFUSED/ });
  t.match(await exporter.send([CHILD]), { kind: 'failed', reason: /ECONNREFUSED/ });
  exporter.close();
});

/** A listener with this connection handler; returns its endpoint and the connections. */
async function listener(t: Test, meet: (socket: Socket) => void) {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined).resume();
    t.teardown(() => socket.destroy());
    meet(socket);
  }).listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  return { sockets, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** Timers that keep the process alive. */
const timers = (): number => process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length;

t.test('the library does not retry a failed connection: retries belong to the queue', async (t) => {
  const { sockets, endpoint } = await listener(t, (socket) => socket.resetAndDestroy());
  const exporter = exporterOf(endpoint);
  t.match(await exporter.send([CHILD]), { kind: 'failed', reason: /ECONNRESET/ });
  exporter.close();
  t.equal(sockets.length, 1);
});

t.test('closing aborts the request to a silent receiver, and leaves no timer', async (t) => {
  const before = timers();
  const { sockets, endpoint } = await listener(t, () => undefined);
  const exporter = exporterOf(endpoint);
  const sending = exporter.send([CHILD]);
  await until(() => sockets.length > 0);
  exporter.close();
  await settled();
  await settled();
  t.equal(timers(), before);
  t.match(await sending, { kind: 'failed', reason: /stopped/ });
  t.match(await exporter.send([CHILD]), { kind: 'failed', reason: /stopped/ });
});

t.test('sends the headers that hold at the moment of each export', async (t) => {
  const receiver = await startReceiver(t);
  let key = 'first';
  const exporter = createExporter({
    url: `${receiver.endpoint}/v1/traces`,
    serviceName: 'birds',
    headers: () => ({ 'x-key': key }),
  });
  await exporter.send([SPAN]);
  key = 'second';
  await exporter.send([SPAN]);
  exporter.close();
  t.strictSame(
    receiver.requests.map(({ headers }) => headers['x-key']),
    ['first', 'second'],
  );
});
