/** Trace receivers that are down, silent, slow or refuse: requests and shutdown are not affected. */
import t from 'tap';
import { post, scrape, until, Wire } from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import { startReceiver } from '../support/otlp-receiver.ts';
import { portOf, startProcess, startServer, stopNow } from '../support/start-server.ts';
import { affine } from '../support/tiny-models.ts';

const ROW = Buffer.from(new Float32Array(4).fill(1).buffer);
const PREDICT = { method: 'POST', path: '/v1/predict', body: ROW } as const;

/** More than the queue of spans holds: each request has five at least. */
const REQUESTS = 1000;
const CONNECTIONS = 8;

/** Sends that many requests, and returns how many were answered 200. */
async function answered(port: number): Promise<number> {
  const wires = await Promise.all(Array.from({ length: CONNECTIONS }, () => Wire.open(port)));
  let good = 0;
  await Promise.all(
    wires.map(async (wire) => {
      for (let request = 0; request < REQUESTS / CONNECTIONS; request++) {
        await wire.send(PREDICT);
        if ((await wire.response())?.status === 200) good++;
      }
      wire.leave();
    }),
  );
  return good;
}

for (const kind of ['down', 'silent', 'unwilling', 'overloaded'] as const) {
  t.test(
    `with a receiver that is ${kind}, every request is answered and spans are dropped and counted`,
    async (t) => {
      const receiver = await startReceiver(t);
      receiver.answers = kind === 'silent' ? 'never' : kind === 'unwilling' ? 400 : 503;
      if (kind === 'down') await receiver.close();
      const { port, log, server } = await startServer(t, {
        models: modelRepository(t, { affine: affine() }),
        options: { tracingEndpoint: receiver.endpoint },
      });
      t.equal(await answered(port), REQUESTS);
      const samples = await scrape(port);
      t.ok(samples('ortolan_trace_spans_dropped_total') > 0);
      t.equal(samples('ortolan_trace_spans_exported_total'), 0);
      t.equal(await stopNow(server), true, 'shutdown is clean');
      const lines = log.filter(({ message }) => message === 'traces cannot be sent');
      t.equal(lines.length, 1, 'the log has one line');
      if (kind === 'down') t.match(lines[0], { level: 'WARNING', reason: /ECONNREFUSED/ });
      if (kind === 'unwilling') t.match(lines[0], { level: 'WARNING', reason: /^400/ });
    },
  );
}

t.test('spans of an outage are sent when the receiver is back', async (t) => {
  const { endpoint, close } = await startReceiver(t);
  await close();
  const { port, log } = await startServer(t, {
    models: modelRepository(t, { affine: affine() }),
    options: { tracingEndpoint: endpoint },
  });
  await post(port, '/v1/predict', ROW, { 'x-request-id': 'early' });
  await until(() => log.some(({ message }) => message === 'traces cannot be sent'));
  const receiver = await startReceiver(t, Number(new URL(endpoint).port));
  await until(() => log.some(({ message }) => message === 'traces are sent again'));
  t.ok(receiver.spans.some(({ attributes }) => attributes['ortolan.request_id'] === 'early'));
  t.equal((await scrape(port))('ortolan_trace_spans_dropped_total'), 0);
});

t.test('a process that traces to a silent receiver ends on SIGTERM with exit code 0', async (t) => {
  const receiver = await startReceiver(t);
  receiver.answers = 'never';
  const running = startProcess(t, {
    models: modelRepository(t, { affine: affine() }),
    options: { tracingEndpoint: receiver.endpoint },
  });
  const port = await portOf(running);
  t.equal((await post(port, '/v1/predict', ROW)).status, 200);
  await until(() => receiver.requests.length > 0);
  running.child.kill('SIGTERM');
  t.match(await running.line('stopped'), { level: 'INFO' });
  t.strictSame(await running.ended, { code: 0, signal: null });
  t.equal(running.stderr(), '');
});
