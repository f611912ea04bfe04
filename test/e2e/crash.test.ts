/** A model that crashes the process, and what becomes of the others. */
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { childrenOf, withDescendants } from '../../tools/process/descendants.ts';
import { freePort } from '../../tools/process/free-port.ts';
import { ortolan } from '../cli/ortolan.ts';
import { get, post, scrape, until } from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import { startProcess, type LogLine, type RunningProcess } from '../support/start-server.ts';
import type { ModelConfig } from '../../src/repository/model-config.ts';
import { affine, dividing } from '../support/tiny-models.ts';

/** An integer division that has no result ends a process only on x86. */
const skip = process.arch !== 'x64' && `a division does not crash on ${process.arch}`;

const SMALLEST = -(2 ** 31);

interface Served {
  readonly port: number;
  readonly running: RunningProcess;
  readonly cacheDir: string;
}

async function serve(t: Test, defaultModel: string, config: ModelConfig = {}): Promise<Served> {
  const divides = dividing();
  const models = modelRepository(t, {
    affine: affine(),
    dividing: { ...divides, config: { ...divides.config, ...config } },
  });
  const cacheDir = join(models, '.cache');
  const port = await freePort();
  const running = startProcess(t, {
    models,
    options: { port, cacheDir, defaultModel, workers: 2, wedgedAfterMs: 5000 },
  });
  await starts(running, 1);
  return { port, running, cacheDir };
}

const linesOf = ({ log }: RunningProcess, message: string): readonly LogLine[] =>
  log.filter((line) => line['message'] === message);

/** Resolves when the server has become ready so many times, all models loaded or refused. */
async function starts(running: RunningProcess, times: number): Promise<void> {
  await until(() => linesOf(running, 'ready').length === times);
  const last = running.log.findLastIndex(({ message }) => message === 'starting');
  const settled = (): number =>
    running.log.slice(last).filter(({ message }) => /^model (ready|quarantined)$/.test(String(message)))
      .length;
  await until(() => settled() === 2);
}

async function divide(port: number, a: number, b: number): Promise<unknown> {
  const input = (name: string, value: number): object => ({
    name,
    datatype: 'INT32',
    shape: [1, 1],
    data: [value],
  });
  const body = JSON.stringify({ inputs: [input('a', a), input('b', b)] });
  const { status, body: answer } = await post(port, '/v2/models/dividing/infer', body, {
    'content-type': 'application/json',
  });
  return { status, ...(JSON.parse(answer.toString()) as object) };
}

const poison = (port: number): Promise<unknown> => divide(port, SMALLEST, -1).catch(() => 'closed');

async function asksAffine(t: Test, port: number): Promise<void> {
  const row = Buffer.from(Float32Array.of(1, 2, 3, 4).buffer);
  const { status } = await post(port, '/v1/models/affine/predict', row, {
    'content-type': 'application/octet-stream',
  });
  t.equal(status, 200, 'the other model is answered');
}

const healthOf = async (port: number): Promise<unknown> =>
  JSON.parse((await get(port, '/health')).body.toString());

t.test('a crash ends no more than one process: the next is there at once, and knows', { skip }, async (t) => {
  const { port, running, cacheDir } = await serve(t, 'affine');
  t.match(await divide(port, 6, 3), { status: 200, outputs: [{ data: [2] }] });
  await poison(port);
  await starts(running, 2);
  await asksAffine(t, port);
  t.match(linesOf(running, 'the server crashed and was started again'), [
    {
      level: 'ERROR',
      signal: 'SIGFPE',
      running: [{ model: 'dividing', version: '1', doing: 'run' }],
    },
  ]);
  t.match(await divide(port, 6, 3), { status: 200 }, 'once is not enough');
  const running1 = [{ name: 'dividing', version: '1', doing: 'run' }];
  t.match(await healthOf(port), { status: 'ok', last_crash: { signal: 'SIGFPE', running: running1 } });
  t.equal((await scrape(port))('ortolan_crashes_total', { signal: 'SIGFPE' }), 1);

  await poison(port);
  await starts(running, 3);
  await asksAffine(t, port);
  t.match(await divide(port, 6, 3), { status: 503, code: 'MODEL_QUARANTINED' });
  const reason = /^It is quarantined: the server has crashed 2 times .* SIGFPE at .* release dividing@1$/;
  t.match(await healthOf(port), {
    status: 'ok',
    models: [
      { name: 'affine', state: 'ready' },
      { name: 'dividing', state: 'unavailable', quarantined: true, reason },
    ],
  });
  const metric = await scrape(port);
  t.equal(metric('ortolan_crashes_total', { signal: 'SIGFPE' }), 2);
  t.equal(metric('ortolan_model_quarantined', { model: 'dividing' }), 1);
  t.equal(metric('ortolan_model_quarantined', { model: 'affine' }), 0);

  const env = { ORTOLAN_CACHE_DIR: cacheDir };
  t.match(await ortolan(['models', 'release', 'affine'], env), { code: 1, err: /Quarantined: dividing@1/ });
  t.match(await ortolan(['models', 'release', 'dividing@1'], env), { code: 0, out: /^dividing@1 may run/ });
  await until(
    () =>
      running.log.filter((line) => line['model'] === 'dividing' && line['message'] === 'model ready')
        .length === 3,
  );
  t.match(await divide(port, 6, 3), { status: 200, outputs: [{ data: [2] }] });
  running.child.kill('SIGTERM');
  t.strictSame(await running.ended, { code: 0, signal: null });
});

t.test('a default model that is quarantined does not keep the others from serving', { skip }, async (t) => {
  const { port, running } = await serve(t, 'dividing');
  for (const times of [2, 3]) {
    await poison(port);
    await starts(running, times);
  }
  t.equal((await get(port, '/health/ready')).status, 200);
  await asksAffine(t, port);
  t.match(await divide(port, 6, 3), { status: 503, code: 'MODEL_QUARANTINED' });
  running.child.kill('SIGTERM');
  t.strictSame(await running.ended, { code: 0, signal: null });
});

t.test('a model in a process of its own loses one batch, and nothing else', { skip }, async (t) => {
  const { port, running, cacheDir } = await serve(t, 'affine', { isolation: 'process' });
  t.match(await divide(port, 6, 3), { status: 200, outputs: [{ data: [2] }] });
  t.match(await divide(port, SMALLEST, -1), { status: 503, code: 'WORKER_DIED', retryable: true });
  await asksAffine(t, port);
  await until(async () => /"status":200/.test(JSON.stringify(await divide(port, 6, 3))));
  t.match(await divide(port, SMALLEST, -1), { status: 503, code: 'WORKER_DIED' });
  await until(() => linesOf(running, 'model quarantined').length === 1);
  t.match(await divide(port, 6, 3), { status: 503, code: 'MODEL_QUARANTINED' });
  await asksAffine(t, port);
  const metric = await scrape(port);
  t.equal(metric('ortolan_model_crashes_total', { model: 'dividing' }), 2);
  t.equal(metric('ortolan_crashes_total'), 0);
  t.equal(linesOf(running, 'ready').length, 1, 'the server went on');
  t.equal(linesOf(running, 'worker died').length, 0);
  const [server] = childrenOf(running.child.pid!);
  await until(() => withDescendants(server!).length === 1);

  t.match(await ortolan(['models', 'release', 'dividing'], { ORTOLAN_CACHE_DIR: cacheDir }), { code: 0 });
  await until(async () => /"status":200/.test(JSON.stringify(await divide(port, 6, 3))));
  const isolated = withDescendants(server!).slice(1);
  t.ok(isolated.length >= 2, 'one for each worker');
  // The supervisor first, or it would start another server.
  running.child.kill('SIGKILL');
  process.kill(server!, 'SIGKILL');
  await until(() => isolated.every((pid) => !isThere(pid)));
});

t.test(
  'the process of a model that does not come back is ended, and the server lives',
  { skip },
  async (t) => {
    const { port, running } = await serve(t, 'affine', { isolation: 'process' });
    const [server] = childrenOf(running.child.pid!);
    const isolated = withDescendants(server!).slice(1);
    // One that has loaded the model for the others may just have ended.
    for (const pid of isolated.filter(isThere)) process.kill(pid, 'SIGSTOP');
    t.match(await divide(port, 6, 3), { status: 503, code: 'WORKER_DIED' });
    t.equal((await get(port, '/health/live')).status, 200);
    await until(async () => /"status":200/.test(JSON.stringify(await divide(port, 6, 3))));
    t.match(
      await healthOf(port),
      { models: [{}, { name: 'dividing', state: 'ready' }] },
      'SIGKILL is no crash',
    );
    running.child.kill('SIGTERM');
    t.strictSame(await running.ended, { code: 0, signal: null });
  },
);

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
