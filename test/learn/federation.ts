/** What tests of federated training share: its Python, champions and digits, a server that takes new versions, and the pipeline. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Test } from 'tap';
import type { Config } from '../../src/config/schema.ts';
import { environmentOf, told } from '../../src/python/environment.ts';
import { LAUNCHER, ROOT } from '../cli/ortolan.ts';
import { unlessLacking } from '../clients/program.ts';
import { testFolder } from '../support/api-keys.ts';
import { portOf, startProcess } from '../support/start-server.ts';

export const FEDERATED = join(ROOT, 'models/federated');

/** The Python of the app, or why this machine cannot have it. */
export const flower = await unlessLacking(async () =>
  join(await environmentOf(FEDERATED, 'flower', ['3.11', '3.12']), 'python'),
);

export interface Samples {
  readonly features: readonly (readonly number[])[];
  readonly labels: readonly number[];
}

export interface Digits {
  /** `few.onnx`, `linear.onnx`, `held-out.npz`. */
  readonly folder: string;
  readonly clients: readonly Samples[];
}

export async function digitsIn(t: Test): Promise<Digits> {
  const folder = testFolder(t);
  const env = { ...process.env, PYTHONPATH: join(FEDERATED, 'app'), PYTHONDONTWRITEBYTECODE: '1' };
  await told(flower.value!, [join(import.meta.dirname, 'with-flower/champion.py'), folder], { env });
  const clients = JSON.parse(readFileSync(join(folder, 'clients.json'), 'utf8')) as Samples[];
  return { folder, clients };
}

export interface Served {
  readonly url: string;
  readonly models: string;
}

/** A server of its own with a model `digits`, which takes what a pipeline does. */
export async function served(t: Test, champion: string, options: Partial<Config> = {}): Promise<Served> {
  const models = testFolder(t);
  mkdirSync(join(models, 'digits/1'), { recursive: true });
  writeFileSync(join(models, 'digits/1/model.onnx'), readFileSync(champion));
  writeFileSync(join(models, 'digits/model.json'), '{"postprocess": {"softmax": true}}\n');
  const running = startProcess(t, {
    models,
    options: { modelControl: 'explicit', trafficRoutes: 'loopback', ...options },
  });
  return { models, url: `http://127.0.0.1:${await portOf(running)}` };
}

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** `ortolan pipeline run --candidate`, with requests to the model until it ends. `key`: of the pipeline and of the requests. */
export async function runPipeline(
  t: Test,
  { url, models }: Served,
  { candidate, heldOut, key }: { candidate: string; heldOut: string; key?: string },
): Promise<Ended> {
  const file = join(testFolder(t), 'pipeline.json');
  const settings = {
    model: 'digits',
    models,
    server: url,
    train: { command: ['false'] },
    gate: { data: heldOut },
    canary: {
      weights: [50],
      // A p99 is proved by some three hundred samples of an interval, also on a busy machine.
      guard: { intervalMs: 20_000, minSamples: 30, maxErrorRate: 0.2, maxP99Ms: 30_000 },
      deadline: '10m',
    },
  };
  writeFileSync(file, JSON.stringify(settings));
  const child = spawn(LAUNCHER, ['pipeline', 'run', '--config', file, '--candidate', candidate], {
    env: { PATH: process.env['PATH'], ...(key !== undefined && { ORTOLAN_API_KEY: key }) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const closed = once(child, 'close');
  const body = JSON.stringify({ inputs: { pixels: [Array<number>(64).fill(0.5)] } });
  const headers = {
    'content-type': 'application/json',
    ...(key !== undefined && { authorization: `Bearer ${key}` }),
  };
  const lane = async (): Promise<void> => {
    while (child.exitCode === null && child.signalCode === null) {
      const answer = await fetch(`${url}/v1/models/digits/predict`, { method: 'POST', headers, body });
      await answer.arrayBuffer();
    }
  };
  await Promise.all([lane(), lane(), lane(), lane()]);
  await closed;
  return { code: child.exitCode, out, err };
}
