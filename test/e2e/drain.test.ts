/** Shutdown, from the signal to the exit code: no accepted request is lost, and the process does not abort. */
import t, { type Test } from 'tap';
import {
  faultOf,
  get,
  jsonOf,
  post,
  requestBytes,
  until,
  Wire,
  type WireRequest,
} from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import { portOf, startProcess, type RunningProcess, type ServerSettings } from '../support/start-server.ts';
import { affine, matmul } from '../support/tiny-models.ts';

const row = (value: number): Buffer => Buffer.from(new Float32Array(4).fill(value).buffer);
const PREDICT: WireRequest = { method: 'POST', path: '/v1/predict', body: row(1) };

async function start(
  t: Test,
  options: ServerSettings['options'] = {},
): Promise<RunningProcess & { readonly port: number }> {
  const running = startProcess(t, { models: modelRepository(t, { affine: affine() }), options });
  return { ...running, port: await portOf(running) };
}

/** A request in flight: everything but its last byte has been sent. */
async function begun(port: number): Promise<Wire> {
  const wire = await Wire.open(port);
  await wire.write(requestBytes(PREDICT).subarray(0, -1));
  await until(async () => (await get(port, '/metrics')).body.includes('ortolan_in_flight_bytes 15'));
  return wire;
}

t.test(`on SIGTERM readiness fails first, requests in flight finish, and the exit code is 0`, async (t) => {
  const { child, port, line, ended, stderr } = await start(t);
  const idle = await Promise.all([1, 2, 3].map(() => Wire.open(port)));
  const wire = await begun(port);
  t.equal((await get(port, '/health/ready')).status, 200);
  child.kill('SIGTERM');
  await line('draining');

  const ready = await get(port, '/health/ready');
  t.equal(ready.status, 503);
  t.match(jsonOf(ready), { status: 'draining' });
  t.equal((await get(port, '/health/live')).status, 200);
  const late = await post(port, '/v1/predict', row(2));
  t.equal(late.status, 200, 'new requests are still accepted');
  t.equal(late.headers.get('connection'), 'close');

  await wire.write(row(1).subarray(-1));
  const response = await wire.response();
  t.equal(response?.status, 200);
  t.equal(response?.headers.get('connection'), 'close');
  t.strictSame(await ended, { code: 0, signal: null });
  await Promise.all(idle.map(({ closed }) => closed));
  t.match(await line('stopped'), { level: 'INFO' });
  t.equal(stderr(), '');
});

t.test('SIGHUP only writes one log line, and SIGQUIT drains', async (t) => {
  const { child, port, line, ended } = await start(t);
  const wire = await begun(port);
  child.kill('SIGHUP');
  t.match(await line('signal ignored'), { level: 'INFO', signal: 'SIGHUP' });
  t.equal((await post(port, '/v1/predict', row(2))).headers.get('connection'), undefined);
  child.kill('SIGQUIT');
  t.match(await line('draining'), { reason: 'SIGQUIT' });
  await wire.write(row(1).subarray(-1));
  t.equal((await wire.response())?.status, 200);
  t.strictSame(await ended, { code: 0, signal: null });
});

t.test('after a second signal new requests are refused, and those in flight still finish', async (t) => {
  const { child, port, line, ended } = await start(t);
  const wire = await begun(port);
  child.kill('SIGINT');
  await line('draining');
  child.kill('SIGTERM');
  await until(async () => (await post(port, '/v1/predict', row(2))).status === 503);
  const refused = await post(port, '/v1/predict', row(2));
  t.strictSame(faultOf(refused), [503, 'DRAINING']);
  t.match(refused.headers.get('retry-after'), /^\d+$/);
  t.equal(refused.headers.get('connection'), 'close');

  await wire.write(row(1).subarray(-1));
  t.equal((await wire.response())?.status, 200);
  t.strictSame(await ended, { code: 0, signal: null });
});

t.test('a second signal shortens the shutdown', async (t) => {
  const { child, line, ended } = await start(t);
  child.kill('SIGTERM');
  await line('draining');
  child.kill('SIGINT');
  t.strictSame(await ended, { code: 0, signal: null });
  const [from, to] = [await line('draining'), await line('stopped')].map((each) =>
    Date.parse(String(each['timestamp'])),
  );
  t.ok(to! - from! < 1000, 'less than the quiet period of one second');
});

t.test('an unfinished request delays shutdown no longer than the drain deadline', async (t) => {
  const { child, port, line, ended, stderr } = await start(t, { drainDeadlineMs: 200 });
  await begun(port);
  child.kill('SIGTERM');
  t.strictSame(await ended, { code: null, signal: 'SIGTERM' }, 'which a shell shows as 143');
  t.match(await line('the deadline passed before all accepted work was done'), { level: 'ERROR' });
  t.equal(stderr(), '');
});

t.test('a run still going at the deadline ends with the process, without an abort', async (t) => {
  const slow = { ...matmul(400), config: { maxBatchSize: 1 } };
  const running = startProcess(t, {
    models: modelRepository(t, { slow }),
    options: { drainDeadlineMs: 100, workers: 2 },
  });
  const port = await portOf(running);
  const wires = await Promise.all(Array.from({ length: 40 }, () => Wire.open(port)));
  for (const wire of wires) await wire.send({ ...PREDICT, body: Buffer.alloc(4096) });
  await until(async () =>
    / [1-9]\d*$/m.test(String(/^ortolan_queue_rows.*$/m.exec(String((await get(port, '/metrics')).body)))),
  );
  running.child.kill('SIGTERM');
  const statuses = (await Promise.all(wires.map((wire) => wire.response()))).map((one) => one?.status);
  t.notOk(statuses.includes(undefined), 'what runs or waits is refused, not cut off');
  t.ok(statuses.includes(503));
  t.strictSame(await running.ended, { code: null, signal: 'SIGTERM' });
  t.equal(running.stderr(), '', 'no message of an abort');
});

t.test('a signal while another version loads waits for that load', async (t) => {
  // Ending a thread inside onnxruntime aborts the process.
  const running = startProcess(t, { options: { workers: 2 } });
  await running.line('ready');
  running.child.kill('SIGTERM');
  await running.line('draining');
  running.child.kill('SIGTERM');
  t.strictSame(await running.ended, { code: 0, signal: null });
  t.equal(running.stderr(), '');
});

t.test('a signal before the server is ready ends it at once', async (t) => {
  const running = startProcess(t, { models: modelRepository(t, { slow: matmul(600) }) });
  await running.line('listening');
  running.child.kill('SIGTERM');
  t.strictSame(await running.ended, { code: null, signal: 'SIGTERM' });
  t.equal(running.stderr(), '');
});

t.test('under load every accepted request is answered', async (t) => {
  const { child, port, log, line, ended } = await start(t, {
    drainDeadlineMs: 1200,
    workers: 2,
    logLevel: 'DEBUG',
  });
  let answered = 0;
  let refused = 0;
  let stopping = false;
  const client = async (): Promise<void> => {
    for (;;) {
      const response = await post(port, '/v1/predict', row(1)).catch(() => undefined);
      if (response?.status === 200) answered++;
      else if (response?.status === 503) refused++;
      else if (stopping) return;
      else throw new Error('A request was lost before the signal.');
    }
  };
  const clients = Array.from({ length: 8 }, client);
  await until(() => answered > 50);
  stopping = true;
  child.kill('SIGTERM');
  t.strictSame(await ended, { code: 0, signal: null });
  await Promise.all(clients);
  await line('stopped');
  const statuses = log.filter((each) => each['route'] === '/v1/predict').map((each) => each['status']);
  t.equal(statuses.filter((status) => status === 200).length, answered);
  t.equal(statuses.filter((status) => status === 503).length, refused);
  t.equal(statuses.length, answered + refused, 'every request was either answered or refused');
});
