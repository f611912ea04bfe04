/** What the tests of the pipeline share: a server that takes what a pipeline does, and the pipeline as a process. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { environmentOf } from '../../src/python/environment.ts';
import { LAUNCHER, ortolan, ROOT } from '../cli/ortolan.ts';
import { unlessLacking } from '../clients/program.ts';
import { portOf, startProcess } from '../support/start-server.ts';

export const RETRAIN = join(ROOT, 'models/retrain');

/** The Python of the trainers, or why this machine cannot have it. */
export const { value: bin, skip } = await unlessLacking(() =>
  environmentOf(RETRAIN, 'retrain', ['3.11', '3.12', '3.13']),
);
export const python = join(bin ?? '', 'python');

export interface Place {
  readonly folder: string;
  readonly models: string;
  readonly log: string;
  readonly url: string;
}

/** A server with models that were put into `models`, which takes what a pipeline does. */
export async function served(t: Test, folder: string, args: readonly string[] = []): Promise<Place> {
  const [models, log] = [join(folder, 'models'), join(folder, 'log')];
  const running = startProcess(
    t,
    {
      models,
      options: {
        modelControl: 'explicit',
        trafficRoutes: 'loopback',
        predictionLogDir: log,
        predictionLogInputs: 'on',
      },
    },
    args,
  );
  return { folder, models, log, url: `http://127.0.0.1:${await portOf(running)}` };
}

/** Says of a request which class it was. */
export async function sayClass(url: string, id: string, label: number): Promise<void> {
  const body = JSON.stringify({ request_id: id, class_id: label });
  const headers = { 'content-type': 'application/json' };
  const { status } = await fetch(`${url}/v1/feedback`, { method: 'POST', headers, body });
  if (status !== 202) throw new Error(`feedback: ${status}`);
}

/** Sends as long as a process runs. */
export async function whileRunning(
  child: ChildProcess,
  send: (turn: number) => Promise<unknown>,
): Promise<void> {
  for (let turn = 0; child.exitCode === null && child.signalCode === null; turn++) {
    await Promise.all([0, 1, 2, 3].map((lane) => send(4 * turn + lane)));
  }
}

export interface Run {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
}

export function start(t: Test, file: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Run {
  const child = spawn(LAUNCHER, ['pipeline', 'run', '--config', file, ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  t.teardown(() => child.kill('SIGKILL'));
  return { child, out: () => out, err: () => err };
}

export async function ended({ child }: Run): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  return child.exitCode;
}

/** A pipeline for the server; the model, the trainer and the gate are the test's. */
export function pipelineOf({ folder, models, log, url }: Place, more: object): string {
  const file = join(folder, 'pipeline.json');
  writeFileSync(file, JSON.stringify({ models, server: url, data: { log }, ...more }, null, 2));
  return file;
}

export const statusOf = async (
  file: string,
): Promise<{
  runs: { id: string; outcome?: string; steps: { step: string; state: string }[] }[];
  running: boolean;
}> => JSON.parse((await ortolan(['pipeline', 'status', '--json', '--config', file])).out) as never;

export const modelOf = async (
  url: string,
  name = 'digits',
): Promise<{ default_version: string; versions: { version: string }[] }> =>
  (await (await fetch(`${url}/v1/models/${name}`)).json()) as never;
