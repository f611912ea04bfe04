/** Clients that send or read slowly, or not at all, and what is left for the others. */
import t from 'tap';
import { get, post, requestBytes, scrape, until, Wire } from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import { startServer } from '../support/start-server.ts';
import { brightness } from '../support/tiny-models.ts';
import { plain } from './fixtures/images.ts';

const MiB = 1024 * 1024;
const RED = plain([255, 0, 0]);
const LIMIT = 24 * MiB;

const models = modelRepository(t, { brightness: brightness() });
const { port } = await startServer(t, { models, options: { maxInFlightBytes: LIMIT } });
const used = async (): Promise<number> => (await scrape(port))('ortolan_in_flight_bytes');
const predict = (length: number): Buffer =>
  requestBytes({ method: 'POST', path: '/v1/predict', headers: { 'content-length': String(length) } });

t.test('clients that declare 20 MiB and send nothing take nothing from others', async (t) => {
  const wires = await Promise.all(Array.from({ length: 50 }, () => Wire.open(port)));
  await Promise.all(wires.map((wire) => wire.write(predict(20 * MiB))));
  const { body } = await post(port, '/v1/predict', RED);
  t.match(JSON.parse(body.toString()), { predictions: [{ label: 'red' }, {}, {}] });
  t.equal(await used(), 0);
  for (const wire of wires) wire.leave();
});

t.test('a body that stops half way gives way to one that comes', async (t) => {
  const stops = await Wire.open(port);
  await stops.write(predict(20 * MiB));
  await stops.write(Buffer.alloc(18 * MiB));
  await until(async () => (await used()) === 18 * MiB);
  const large = Buffer.alloc(16 * MiB);
  RED.copy(large);
  await until(async () => (await post(port, '/v1/predict', large)).status !== 503);
  const refused = await stops.response();
  t.equal(refused?.status, 503);
  t.match(String(refused?.body), /too slowly.*OVERLOADED/);
  stops.leave();
  await until(async () => (await used()) === 0);
});

t.test('a client that asks on and on without reading is closed', async (t) => {
  const wire = await Wire.open(port);
  wire.pause();
  const asks = requestBytes({ path: '/v2/models/brightness/config' });
  const many = Buffer.concat(Array.from({ length: 1000 }, () => asks));
  let closed = false;
  void wire.closed.then(() => (closed = true));
  for (let i = 0; i < 400 && !closed; i++) await Promise.race([wire.write(many), wire.closed]);
  await wire.closed;
  t.ok(closed);
  t.equal((await get(port, '/health/live')).status, 200);
  await until(async () => (await used()) === 0);
});

/** Milliseconds until the server closes the connection, while `act` is done every 200 ms. */
async function closedAfter(wire: Wire, act: () => void): Promise<number> {
  const from = performance.now();
  const timer = setInterval(act, 200);
  await wire.closed;
  clearInterval(timer);
  return performance.now() - from;
}

t.test('slow heads and bodies and idle connections are closed, and cost others nothing', async (t) => {
  const [head, body, chunks, idle] = await Promise.all([0, 1, 2, 3].map(() => Wire.open(port)));
  await head!.write('GET /health/live HTTP/1.1\r\nHost: a\r\n');
  await body!.write(predict(MiB));
  await chunks!.write('POST /v1/predict HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
  const after = Promise.all([
    closedAfter(head!, () => void head!.write('X: y\r\n')),
    closedAfter(body!, () => void body!.write('x'.repeat(100))),
    closedAfter(chunks!, () => void chunks!.write('1\r\nx\r\n')),
    closedAfter(idle!, () => undefined),
  ]);
  t.equal((await post(port, '/v1/predict', RED)).status, 200);
  const seen = await after;
  for (const ms of seen) t.ok(ms < 60_000, `${ms}`);
  t.comment(`closed after ${seen.map((ms) => Math.round(ms / 1000)).join(', ')} s`);
  t.equal(await used(), 0);
});
