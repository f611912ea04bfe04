/** Clients that disconnect in every state of a request: all resources are released, and each is logged once. */
import t, { type Test } from 'tap';
import { FAULTY_WORKER, Gate, HELD } from '../support/faults.ts';
import { post, requestBytes, scrape, until, Wire } from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import { startServer, type Running } from '../support/start-server.ts';
import { affine } from '../support/tiny-models.ts';

const row = (value: number): Buffer => Buffer.from(new Float32Array(4).fill(value).buffer);
const PREDICT = { method: 'POST', path: '/v1/predict' } as const;

async function faulty(t: Test, prefetchUnderMs = 0): Promise<Running & { gate: Gate }> {
  const running = await startServer(t, {
    models: modelRepository(t, { affine: affine() }),
    workerFile: FAULTY_WORKER,
    options: { prefetchUnderMs },
  });
  const gate = new Gate();
  t.teardown(() => gate.close());
  return { ...running, gate };
}

/** The log lines of clients that disconnected. */
const gone = ({ log }: Running) => log.filter(({ message }) => message === 'client gone');

t.test('a client that disconnects half way through its body releases its bytes', async (t) => {
  const running = await faulty(t);
  const wire = await Wire.open(running.port);
  await wire.send({ ...PREDICT, headers: { 'content-length': '1000', 'x-request-id': 'half' } });
  await wire.write(Buffer.alloc(500));
  await until(async () => (await scrape(running.port))('ortolan_in_flight_bytes') === 500);
  wire.leave();
  await until(() => gone(running).length > 0);
  t.match(gone(running), [{ request_id: 'half', status: 499 }]);
  t.equal((await scrape(running.port))('ortolan_in_flight_bytes'), 0);
});

t.test('a client that half-closes one byte before the end of its body counts as disconnected', async (t) => {
  const running = await faulty(t);
  const wire = await Wire.open(running.port);
  const bytes = requestBytes({ ...PREDICT, body: row(1) });
  await wire.write(bytes.subarray(0, -1));
  wire.finish();
  await wire.closed;
  await until(() => gone(running).length === 1);
  t.equal((await scrape(running.port))('predictions_total'), 0);
});

t.test('the queued row of a client that disconnects is never run', async (t) => {
  const running = await faulty(t);
  const { port, gate } = running;
  const first = post(port, '/v1/predict', row(HELD));
  await gate.held();
  const wire = await Wire.open(port);
  await wire.send({ ...PREDICT, body: row(1) });
  await until(async () => (await scrape(port))('ortolan_queue_rows') === 1);
  wire.leave();
  await until(async () => (await scrape(port))('ortolan_queue_rows') === 0);
  gate.open();
  t.equal((await first).status, 200);
  const samples = await scrape(port);
  t.equal(samples('ortolan_dropped_rows_total', { reason: 'abandoned' }), 1);
  t.equal(samples('ortolan_batches_total'), 1);
  t.equal(gone(running).length, 1);
});

t.test('a client that disconnects while its row runs only loses its response', async (t) => {
  const running = await faulty(t);
  const { port, gate } = running;
  const wire = await Wire.open(port);
  await wire.send({ ...PREDICT, body: row(HELD) });
  await gate.held();
  wire.leave();
  await until(() => gone(running).length === 1);
  gate.open();
  await until(async () => (await scrape(port))('ortolan_wasted_rows_total') === 1);
  t.equal((await scrape(port))('predictions_total'), 0);
  t.equal((await post(port, '/v1/predict', row(1))).status, 200);
});

t.test('a row that was prefetched to a busy worker is withdrawn when its client disconnects', async (t) => {
  const running = await faulty(t, 10_000);
  const { port, gate } = running;
  const first = post(port, '/v1/predict', row(HELD));
  await gate.held();
  const wire = await Wire.open(port);
  // If this row ran it would be held, and no later request would be answered.
  await wire.send({ ...PREDICT, body: row(HELD) });
  await until(async () => (await scrape(port))('ortolan_batches_total', { reason: 'prefetch' }) === 1);
  wire.leave();
  await until(() => gone(running).length === 1);
  gate.open();
  t.equal((await first).status, 200);
  t.equal((await post(port, '/v1/predict', row(1))).status, 200);
  t.equal((await scrape(port))('ortolan_dropped_rows_total', { reason: 'abandoned' }), 1);
});

t.test('in a batch, only the rows of disconnected clients are lost', async (t) => {
  const running = await faulty(t);
  const { port, gate } = running;
  const first = post(port, '/v1/predict', row(HELD));
  await gate.held();
  const leaving = await Promise.all([1, 2, 3].map(() => Wire.open(port)));
  for (const wire of leaving) await wire.send({ ...PREDICT, body: row(5) });
  const staying = [1, 2, 3].map((value) => post(port, '/v1/predict', row(value)));
  await until(async () => (await scrape(port))('ortolan_queue_rows') === 6);
  for (const wire of leaving) wire.leave();
  await until(() => gone(running).length === 3);
  gate.open();
  for (const response of await Promise.all([first, ...staying])) t.equal(response.status, 200);
  t.equal((await scrape(port))('ortolan_in_flight_bytes'), 0);
});

t.test('a hundred clients that disconnect without sending anything use no resources', async (t) => {
  const running = await faulty(t);
  const wires = await Promise.all(Array.from({ length: 100 }, () => Wire.open(running.port)));
  for (const [i, wire] of wires.entries()) {
    if (i % 2 === 0) await wire.write('POST /v1/pre');
    else await wire.send({ ...PREDICT, body: 'x', headers: { 'content-length': '16' } });
  }
  await until(async () => (await scrape(running.port))('ortolan_in_flight_bytes') === 50);
  for (const wire of wires) wire.leave();
  await until(() => gone(running).length === 50);
  const samples = await scrape(running.port);
  t.equal(samples('ortolan_in_flight_bytes'), 0);
  t.equal(samples('ortolan_requests_finished_total', { outcome: 'abandoned' }), 50);
});
