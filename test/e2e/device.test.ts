/** Versions on a device, through the whole server, on a software Vulkan driver where there is one. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { childrenOf } from '../../tools/process/descendants.ts';
import type { ModelConfig } from '../../src/repository/model-config.ts';
import { get, post, scrape, until } from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import { PHOTOS, portOf, startProcess, type RunningProcess } from '../support/start-server.ts';
import { losableDevice, noDevice, SWIFTSHADER } from '../support/swiftshader.ts';
import { affine, brightness, matmul, type TinyModel } from '../support/tiny-models.ts';

const PHOTO = readFileSync(join(PHOTOS, 'coffee.jpg'));

const withConfig = (model: TinyModel, config: ModelConfig): TinyModel => ({
  ...model,
  config: { ...model.config, ...config },
});

interface Answer {
  readonly status: number;
  readonly timing: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
}

async function ask(port: number, model: string, body: Uint8Array | string, type: string): Promise<Answer> {
  const answer = await post(port, `/v1/models/${model}/predict`, body, { 'content-type': type });
  const parsed = JSON.parse(answer.body.toString()) as Answer['body'];
  return { status: answer.status, timing: answer.headers.get('server-timing'), body: parsed };
}

const askRows = (port: number, model: string): Promise<Answer> =>
  ask(port, model, JSON.stringify({ inputs: { x: [[1, 2, 3, 4]] } }), 'application/json');

const askPhoto = (port: number, model: string): Promise<Answer> => ask(port, model, PHOTO, 'image/jpeg');

const healthOf = async (port: number): Promise<unknown> =>
  JSON.parse((await get(port, '/health')).body.toString());

const isReady = ({ log }: RunningProcess, model: string, version = '1'): boolean =>
  log.some(
    (line) => line['message'] === 'model ready' && line['model'] === model && line['version'] === version,
  );

const SWIFT = { provider: 'webgpu', adapter: { name: /SwiftShader/, software: true } };

t.test('versions on a device and on the CPU answer alike, side by side', { skip: noDevice }, async (t) => {
  const onDevice: ModelConfig = { device: 'webgpu' };
  const models = modelRepository(t, {
    affine: withConfig(affine(), { devices: { 2: 'webgpu' }, defaultVersion: 1 }),
    photos: withConfig(brightness(), onDevice),
    'photos-cpu': brightness(),
    slow: withConfig(matmul(1), onDevice),
  });
  mkdirSync(join(models, 'affine', '2'));
  writeFileSync(join(models, 'affine', '2', 'model.onnx'), affine().file);
  const options = { defaultModel: 'photos', workers: 2, cacheDir: join(models, '.cache') };
  const running = startProcess(t, { models, options, env: SWIFTSHADER });
  const port = await portOf(running);

  const device = await askPhoto(port, 'photos');
  t.match(device, { status: 200, timing: / narrow webgpu"/, body: { batch: { device: 'webgpu' } } });
  await until(() => isReady(running, 'photos-cpu') && isReady(running, 'affine', '2'));
  const cpu = await askPhoto(port, 'photos-cpu');
  t.notOk((cpu.body['batch'] as object | undefined) && 'device' in (cpu.body['batch'] as object));
  const of = ({ body }: Answer): Map<string, number> =>
    new Map(
      (body['predictions'] as { label: string; probability: number }[]).map((one) => [
        one.label,
        one.probability,
      ]),
    );
  for (const [label, probability] of of(cpu))
    t.ok(Math.abs(of(device).get(label)! - probability) < 1e-3, `the probability of ${label}`);

  for (const version of [1, 2]) {
    const answer = await askRows(port, `affine/versions/${version}`);
    t.match(answer, { status: 200, body: { outputs: { y: [[3, 5, 7, 9]] } } });
    t.match(answer.body['batch'], { device: version === 2 ? 'webgpu' : undefined });
  }
  t.match(await healthOf(port), {
    status: 'ok',
    models: [
      { name: 'affine', version: '1', provider: 'cpu' },
      { name: 'affine', version: '2', ...SWIFT },
      { name: 'photos', ...SWIFT },
      { name: 'photos-cpu', provider: 'cpu' },
      { name: 'slow' },
    ],
  });
  const { models: listed } = JSON.parse((await get(port, '/v1/models')).body.toString()) as {
    models: { name: string; versions: { difference_from_cpu?: number; provider: string }[] }[];
  };
  const [photos] = listed.find(({ name }) => name === 'photos')!.versions;
  t.ok(photos!.difference_from_cpu! < 1e-3, 'what the load has found');
  const metrics = await scrape(port);
  t.equal(metrics('ortolan_model_info', { model: 'photos', version: '1', provider: 'webgpu' }), 1);

  t.comment('another version on the device is loaded meanwhile');
  let answered = 0;
  while (!isReady(running, 'slow')) {
    t.match(await askPhoto(port, 'photos'), { status: 200 });
    answered++;
  }
  t.ok(answered > 0, 'a version is served while another one is loaded');
  t.match(
    await ask(
      port,
      'slow',
      JSON.stringify({ inputs: { x: [Array<number>(1024).fill(2)] } }),
      'application/json',
    ),
    {
      status: 200,
    },
  );

  t.comment('a process is ended as a driver would end it');
  for (const child of childrenOf(running.child.pid!).flatMap((pid) => [pid, ...childrenOf(pid)]))
    if (isSession(child)) process.kill(child, 'SIGKILL');
  await until(async () => (await askPhoto(port, 'photos')).status === 200);
  t.match(await askRows(port, 'affine/versions/1'), { status: 200 }, 'the CPU has nothing to do with it');
  t.match(await healthOf(port), { status: 'ok', models: [{}, {}, SWIFT] }, 'it is on the device again');
  t.notOk(running.log.some(({ message }) => message === 'model quarantined'));
});

/** Whether a process has the sessions of a version. */
const isSession = (pid: number): boolean =>
  readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('isolation/child');

t.test(
  'a lost device fails its batch, and comes back or is left as model.json says',
  { skip: noDevice },
  async (t) => {
    const device = losableDevice(t);
    if (device === undefined) {
      t.pass('a device is lost', { skip: 'there is no C compiler to make a layer that loses it' });
      return;
    }
    const models = modelRepository(t, {
      stays: withConfig(affine(), { device: 'webgpu' }),
      leaves: withConfig(affine(), { device: 'webgpu', deviceFallback: 'cpu' }),
    });
    const options = { defaultModel: 'stays', cacheDir: join(models, '.cache') };
    const running = startProcess(t, { models, options, env: { ...SWIFTSHADER, ...device.env } });
    const port = await portOf(running);
    await until(() => isReady(running, 'leaves'));
    t.match(await askRows(port, 'leaves'), { status: 200, body: { batch: { device: 'webgpu' } } });

    device.lose();
    const lost = { status: 503, body: { code: 'DEVICE_LOST', retryable: true } };
    t.match(await askRows(port, 'stays'), lost);
    t.match(await askRows(port, 'leaves'), lost);
    // Each is opened anew, in vain: what is asked meanwhile fails at once.
    let last = await askRows(port, 'leaves');
    for (; last.status !== 200; last = await askRows(port, 'leaves')) {
      t.match(last, lost);
      if (last.status !== 503) return;
    }
    t.match(last.body, { batch: { device: 'cpu' }, outputs: { y: [[3, 5, 7, 9]] } });
    t.match(await healthOf(port), {
      models: [
        { name: 'leaves', provider: 'cpu', fallback_reason: /webgpu was lost/ },
        { name: 'stays', provider: 'webgpu' },
      ],
    });

    device.restore();
    await until(async () => (await askRows(port, 'stays')).status === 200);
    t.match(await askRows(port, 'stays'), { body: { batch: { device: 'webgpu' } } });
    const failed = (await scrape(port))('ortolan_device_lost_batches_total', {
      model: 'leaves',
      version: '1',
      device: 'webgpu',
    });
    t.ok(failed !== undefined && failed >= 3);
  },
);

// No package here has the provider of CUDA, so that this device is nowhere.
t.test('without its device a version runs on the CPU, where it may', async (t) => {
  const models = modelRepository(t, {
    may: withConfig(affine(), { device: 'cuda', deviceFallback: 'cpu' }),
    'may-not': withConfig(affine(), { device: 'cuda:1' }),
  });
  const options = { defaultModel: 'may', cacheDir: join(models, '.cache') };
  const running = startProcess(t, { models, options });
  const port = await portOf(running);
  t.match(await askRows(port, 'may'), { status: 200, body: { batch: { device: 'cpu' } } });
  await running.line('model unavailable');
  t.match(await healthOf(port), {
    status: 'ok',
    models: [
      { name: 'may', provider: 'cpu', fallback_reason: /cuda/i },
      { name: 'may-not', state: 'unavailable', reason: /cuda/i },
    ],
  });
});
