/** Overload: requests beyond the capacity are refused at once, accepted ones are answered. */
import t, { type Test } from 'tap';
import { type Gate, HELD } from '../support/faults.ts';
import { row, startFaulty } from '../support/faulty-server.ts';
import { faultOf, post, scrape, send, until, Wire, type WireResponse } from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import { startServer, type Running } from '../support/start-server.ts';
import { affine } from '../support/tiny-models.ts';
import type { Config } from '../../src/config/schema.ts';

const predict = (port: number, value: number): Promise<WireResponse> => post(port, '/v1/predict', row(value));

/** A server whose one worker is held by a request, so that all later requests wait. */
async function held(
  t: Test,
  options: Partial<Config>,
): Promise<Running & { gate: Gate; first: Promise<WireResponse> }> {
  const { gate, ...running } = await startFaulty(t, options);
  const first = predict(running.port, HELD);
  await gate.held();
  return { ...running, gate, first };
}

const queued = async (port: number): Promise<number> => (await scrape(port))('ortolan_queue_rows');

t.test('a full queue refuses at once with Retry-After; queued requests are answered', async (t) => {
  const { port, gate, first } = await held(t, { maxQueueRows: 3 });
  const waiting = [1, 2, 3].map((value) => predict(port, value));
  await until(async () => (await queued(port)) === 3);

  const refused = await predict(port, 4);
  t.strictSame(faultOf(refused), [503, 'QUEUE_FULL']);
  t.match(refused.headers.get('retry-after'), /^\d+$/);
  t.equal(refused.headers.get('connection'), undefined, 'the connection can be used to retry');

  gate.open();
  for (const response of await Promise.all([first, ...waiting])) t.equal(response.status, 200);
  t.equal((await predict(port, 4)).status, 200);
});

t.test('work that is refused for lack of room counts as offered, and raises the saturation', async (t) => {
  const { port, gate } = await held(t, { maxQueueRows: 1 });
  const waiting = predict(port, 1);
  await until(async () => (await queued(port)) === 1);
  const before = await scrape(port);
  for (let times = 0; times < 50; times++) await predict(port, 2);
  const after = await scrape(port);
  const refused = { outcome: 'refused' };
  t.equal(before('ortolan_offered_work_seconds_total', refused), 0);
  t.ok(after('ortolan_offered_work_seconds_total', refused) > 0);
  const accepted = { outcome: 'accepted' };
  t.equal(
    after('ortolan_offered_work_seconds_total', accepted),
    before('ortolan_offered_work_seconds_total', accepted),
  );
  t.ok(after('ortolan_saturation_ratio') > before('ortolan_saturation_ratio'));
  gate.open();
  await waiting;
});

t.test('a request of several rows is accepted as a whole or refused as a whole', async (t) => {
  const { port, gate } = await held(t, { maxQueueRows: 3 });
  const waiting = [1, 2].map((value) => predict(port, value));
  await until(async () => (await queued(port)) === 2);
  const two = await post(port, '/v1/predict', Buffer.concat([row(5), row(6)]));
  t.strictSame(faultOf(two), [503, 'QUEUE_FULL']);
  t.equal(await queued(port), 2);
  gate.open();
  await Promise.all(waiting);
});

t.test('a full queue refuses a body before it is read', async (t) => {
  const { port, gate } = await held(t, { maxQueueRows: 1 });
  const waiting = predict(port, 1);
  await until(async () => (await queued(port)) === 1);
  const refused = await send(port, {
    method: 'POST',
    path: '/v1/predict',
    headers: { 'content-length': '16' },
  });
  t.strictSame(faultOf(refused), [503, 'QUEUE_FULL']);
  gate.open();
  t.equal((await waiting).status, 200);
});

const KiB = 1024;

t.test('bodies share one byte budget; a body that does not fit is refused before it is read', async (t) => {
  const { port, gate, first } = await held(t, { maxInFlightBytes: 1 * KiB, maxBodyBytes: 1 * KiB });
  const waiting = post(port, '/v1/predict', Buffer.concat(Array.from({ length: 40 }, () => row(1))));
  await until(async () => (await queued(port)) === 40);

  const refused = await send(port, {
    method: 'POST',
    path: '/v1/predict',
    headers: { 'content-length': '640' },
  });
  t.strictSame(faultOf(refused), [503, 'OVERLOADED']);
  t.match(refused.headers.get('retry-after'), /^\d+$/);

  gate.open();
  for (const response of await Promise.all([first, waiting])) t.equal(response.status, 200);
  await until(async () => (await scrape(port))('ortolan_in_flight_bytes') === 0);
  t.equal((await predict(port, 1)).status, 200);
});

t.test('a chunked body that outgrows the budget is refused while it is read', async (t) => {
  const { port } = await startServer(t, {
    models: modelRepository(t, { affine: affine() }),
    options: { maxInFlightBytes: 10 * KiB, maxBodyBytes: 100 * KiB },
  });
  const wire = await Wire.open(port);
  await wire.write('POST /v1/predict HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
  for (let i = 0; i < 11; i++) await wire.write(`400\r\n${'x'.repeat(KiB)}\r\n`);
  t.strictSame(faultOf((await wire.response())!), [503, 'OVERLOADED']);
  await wire.closed;
  t.equal((await scrape(port))('ortolan_in_flight_bytes'), 0);
});

t.test('with twice as many requests as fit, each is answered or refused, and the counts agree', async (t) => {
  const { port, gate, first } = await held(t, { maxQueueRows: 20 });
  const sent = Array.from({ length: 40 }, (_, value) => predict(port, value));
  await until(async () => (await scrape(port))('ortolan_errors_total', { code: 'QUEUE_FULL' }) === 20);
  gate.open();
  const statuses = (await Promise.all([first, ...sent])).map(({ status }) => status);
  t.equal(statuses.filter((status) => status === 200).length, 21);
  t.equal(statuses.filter((status) => status === 503).length, 20);
  t.equal((await scrape(port))('predictions_total', { status: 'success' }), 21);
});
