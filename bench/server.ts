/**
 * Our own server as a contestant: started from the sources as `make run` starts it, on a free port, without a log
 * line for each request.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Contestant } from './contestant.ts';
import { launched, type Launched } from './launched.ts';
import { pinned } from './pinning.ts';
import type { ModelName } from './results.ts';

export const ROOT = join(import.meta.dirname, '..');
export const VERSIONS: Readonly<Record<ModelName, string>> = { fp32: '1', int8: '2' };
const LAUNCHER = join(ROOT, 'bin/ortolan');
/** For the runs that saturate: there, waiting is the point, and refusals would only hide the server's speed. */
export const PATIENT: readonly string[] = ['--slo-p99-ms', '25000'];

export interface StartOptions {
  /** A model repository; the one in the box when undefined. */
  readonly models?: string;
  readonly args?: readonly string[];
  readonly cores?: string;
  /** Files of control groups to write the process id to before the server is executed. */
  readonly groups?: readonly string[];
}

export interface Ortolan extends Contestant, Launched {
  /** Where this model, or version of it, is asked. */
  readonly urlOf: (model: string, version?: string) => string;
}

/** Resolves when every version is loaded. @throws Error with the end of its stderr when it does not start */
export async function startOrtolan(options: StartOptions = {}): Promise<Ortolan> {
  const { models, groups = [] } = options;
  const serve = [
    'serve',
    '--port',
    '0',
    '--log-sample',
    '0',
    ...(models === undefined ? [] : ['--models', models]),
    ...(options.args ?? []),
  ];
  const [command, words] = pinned(options.cores, LAUNCHER, serve);
  // The shell puts itself into the groups and becomes the server: it never ran outside of its limits.
  const joining = groups.map((file) => `echo $$ > '${file}'; `).join('');
  const [program, args] =
    groups.length === 0 ? [command, words] : ['sh', ['-c', `${joining}exec "$@"`, 'sh', command, ...words]];
  const startedAt = performance.now();
  const child = spawn(program, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  const server = await launched(child, startedAt);
  const { origin } = server;
  const urlOf = (model: string, version?: string): string =>
    `${origin}/v1/models/${model}${version === undefined ? '' : `/versions/${version}`}/predict`;
  return {
    name: 'ortolan',
    ...server,
    url: `${origin}/v1/predict`,
    urlOf,
    headers: { 'content-type': 'image/jpeg' },
    bodyOf: (photograph) => photograph,
    startMs: server.readyMs,
  };
}
