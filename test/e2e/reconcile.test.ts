/**
 * Every way out of a request at once, and the counts: those of the clients, of the metrics and of the log agree to
 * the last one.
 */
import t from 'tap';
import { DIES, FAULTY_WORKER, Gate, HELD } from '../support/faults.ts';
import { scrape, send, until, Wire, type Samples, type WireRequest } from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import { startServer, type LogLine } from '../support/start-server.ts';
import { affine } from '../support/tiny-models.ts';

const row = (value: number): Buffer => Buffer.from(new Float32Array(4).fill(value).buffer);
const predict = (value: number, headers = {}): WireRequest => ({
  method: 'POST',
  path: '/v1/predict',
  body: row(value),
  headers,
});

/** Sends requests, each with its own id, and counts the responses. */
class Clients {
  readonly port: number;
  readonly statuses: number[] = [];
  readonly open: Promise<void>[] = [];
  left = 0;
  #ids = 0;

  constructor(port: number) {
    this.port = port;
  }

  get sent(): number {
    return this.#ids;
  }

  send(request: WireRequest): Promise<void> {
    const done = send(this.port, this.#named(request)).then(({ status }) => void this.statuses.push(status));
    this.open.push(done);
    return done;
  }

  /** Sends a request, and returns the connection, for the test to close. */
  async begin(request: WireRequest): Promise<Wire> {
    const wire = await Wire.open(this.port);
    await wire.send(this.#named(request));
    return wire;
  }

  leave(wires: readonly Wire[]): void {
    for (const wire of wires) wire.leave();
    this.left += wires.length;
  }

  count(status: number): number {
    return this.statuses.filter((each) => each === status).length;
  }

  #named(request: WireRequest): WireRequest {
    return { ...request, headers: { ...request.headers, 'x-request-id': `r${++this.#ids}` } };
  }
}

const finished = (samples: Samples, outcome: string): number =>
  samples('ortolan_requests_finished_total', { outcome });

t.test('the count of accepted requests is exactly that of answered, failed and abandoned ones', async (t) => {
  const { port, log, server } = await startServer(t, {
    models: modelRepository(t, { affine: affine() }),
    workerFile: FAULTY_WORKER,
    options: { maxQueueRows: 12, prefetchUnderMs: 0, drainDeadlineMs: 60_000 },
  });
  const gate = new Gate();
  t.teardown(() => gate.close());
  const clients = new Clients(port);
  let scrapes = 0;
  const now = (): Promise<Samples> => {
    scrapes++;
    return scrape(port);
  };
  const queued = (rows: number): Promise<void> =>
    until(async () => (await now())('ortolan_queue_rows') === rows);

  // Good requests, and invalid ones.
  for (let i = 0; i < 10; i++) await clients.send(predict(i));
  await clients.send({ ...predict(0), body: 'half a row' });
  await clients.send({ ...predict(0), path: '/v1/models/nope/predict' });
  await clients.send({ path: '/nope' });
  await clients.send({ path: '/v1/predict' });
  await clients.send({ path: '/health' });
  await clients.send({ method: 'HEAD', path: '/metrics' });
  await clients.send(predict(0, { 'content-type': 'text/html' }));
  await clients.send(predict(0, { 'x-request-timeout-ms': 'soon' }));

  // One runs; behind it some wait, some expire, some disconnect, and the rest find the queue full.
  const running = clients.send(predict(HELD));
  await gate.held();
  for (let i = 0; i < 4; i++) void clients.send(predict(i));
  const late = [1, 2, 3].map(() => clients.send(predict(1, { 'x-request-timeout-ms': '2000' })));
  const leaving = await Promise.all([1, 2, 3, 4, 5].map(() => clients.begin(predict(1))));
  await until(async () => (await now())('ortolan_queue_rows') + clients.count(504) === 12);
  await Promise.all(late);
  clients.leave(leaving);
  await queued(4);
  for (let i = 0; i < 8; i++) void clients.send(predict(i));
  await queued(12);
  await Promise.all([1, 2, 3].map(() => clients.send(predict(1))));
  gate.open();
  await running;
  await Promise.all(clients.open);

  // Half a body, a client that disconnects while its row runs, and a worker that dies.
  const half = await clients.begin({ ...predict(0), headers: { 'content-length': '17' } });
  await until(async () => (await now())('ortolan_in_flight_bytes') === 16);
  const ran = await clients.begin(predict(HELD));
  await gate.held();
  clients.leave([half, ran]);
  await until(async () => finished(await now(), 'abandoned') === clients.left);
  gate.open();
  await clients.send(predict(DIES));
  await clients.send(predict(5));

  // The server shuts down while one runs: new requests are refused.
  const last = clients.send(predict(HELD));
  await gate.held();
  void server.stop('test');
  void server.stop('test');
  await until(async () => {
    await clients.send({ ...predict(1), body: 'half a row' });
    return clients.statuses.at(-1) === 503;
  });
  t.equal((await now())('ortolan_errors_total', { code: 'DRAINING' }), 1);
  // The scrapes are requests too, and this one is not finished while it counts.
  const samples = await now();
  gate.open();
  await last;

  const accepted = samples('ortolan_requests_accepted_total');
  t.equal(accepted, clients.sent + scrapes);
  const done = ['answered', 'failed', 'abandoned'].map((outcome) => finished(samples, outcome));
  t.equal(
    done.reduce((a, b) => a + b),
    accepted - 2,
    'all but the held one and the scrape',
  );
  t.equal(samples('http_requests_total'), accepted - 2);
  t.equal(finished(samples, 'abandoned'), clients.left);
  t.equal(samples('http_requests_total', { code: '499' }), clients.left);
  for (const status of [400, 404, 405, 415, 503, 504]) {
    t.equal(samples('http_requests_total', { code: String(status) }), clients.count(status), `${status}`);
  }
  t.equal(samples('http_requests_total', { code: '200' }), clients.count(200) - 1 + scrapes - 1);
  t.equal(samples('ortolan_errors_total'), clients.statuses.filter((status) => status >= 400).length);
  t.equal(clients.statuses.length + clients.left, clients.sent, 'every request was answered or abandoned');

  // Every accepted row was run and answered, dropped, run in vain, or lost with its worker.
  const predictions = log.filter((line) => line['route'] === '/v1/predict' && line['status'] === 200).length;
  t.equal(samples('predictions_total', { status: 'success' }), predictions - 1);
  t.equal(samples('ortolan_dropped_rows_total', { reason: 'expired' }), 3);
  t.equal(samples('ortolan_dropped_rows_total', { reason: 'abandoned' }), 5);
  t.equal(samples('ortolan_wasted_rows_total'), 1);
  t.equal(samples('ortolan_batch_rows_sum'), predictions + 1 + 1, 'answered, wasted and died');
  t.equal(samples('ortolan_in_flight_bytes'), 16, 'the held request');
  t.equal(samples('ortolan_queue_rows'), 0);

  const ends = new Map<unknown, LogLine[]>();
  for (const line of log) {
    if (line['status'] === undefined) continue;
    ends.set(line['request_id'], [...(ends.get(line['request_id']) ?? []), line]);
  }
  for (let i = 1; i <= clients.sent; i++) t.equal(ends.get(`r${i}`)?.length, 1, `r${i} is logged once`);
});
