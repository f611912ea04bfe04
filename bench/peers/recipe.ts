/** How one server is started with one setting: what a peer's own file says, and nothing about processes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Contestant } from '../run/contestant.ts';
import { freePort } from '../../tools/process/free-port.ts';
import { environmentOf, pinnedVersion, requirementsFile } from '../../src/python/environment.ts';
import type { Peer, PeerModel } from './peer.ts';
import { Started } from './started.ts';
import { topOf } from './top.ts';

const ROOT = join(import.meta.dirname, '../..');
const APPS = join(import.meta.dirname, 'apps');
const MODELS: Readonly<Record<PeerModel, string>> = {
  fp32: join(ROOT, 'models/efficientnet-lite0/1/model.onnx'),
  int8: join(ROOT, 'models/efficientnet-lite0/2/model.onnx'),
};
/** With it a server is asked whether it is ready. Its right answers are tabby, tiger cat, Persian, Siamese, Egyptian cat. */
const PROBE = join(ROOT, 'test/fixtures/photos/cat.jpg');
const CATS = [281, 282, 283, 284, 285];

/** Processes that each own a session. */
export interface Setting {
  readonly workers: number;
  /** Of each session; 0 is onnxruntime's default, a thread for each core. */
  readonly threads: number;
  /** The most photographs of a run; 1 is without batching. */
  readonly batch: number;
}

export interface Recipe {
  readonly name: string;
  readonly package: string;
  /** Which requirements-NAME.txt; several peers may share one. */
  readonly environment: string;
  /** Version of Python; 3.11 when undefined. */
  readonly python?: string;
  readonly settings: readonly Setting[];
  /** The program of the environment, and its arguments. */
  readonly command: (
    setting: Setting,
    port: number,
    otherPorts: readonly [number, number],
  ) => readonly [program: string, ...args: string[]];
  readonly env?: (
    setting: Setting,
    port: number,
    otherPorts: readonly [number, number],
  ) => Readonly<Record<string, string>>;
  readonly path: (setting: Setting) => string;
  readonly headers: (setting: Setting) => Readonly<Record<string, string>>;
  readonly bodyOf: (setting: Setting, photograph: Buffer) => Buffer;
}

/** `2 workers, 1 thread, batch 4`. */
export function titleOf({ workers, threads, batch }: Setting): string {
  const several = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
  return [
    several(workers, 'worker'),
    threads === 0 ? 'default threads' : several(threads, 'thread'),
    ...(batch === 1 ? [] : [`batch ${batch}`]),
  ].join(', ');
}

export function peerOf(recipe: Recipe): Peer {
  const requirements = readFileSync(requirementsFile(import.meta.dirname, recipe.environment), 'utf8');
  const settings = new Map(recipe.settings.map((setting) => [titleOf(setting), setting]));
  return {
    name: recipe.name,
    package: recipe.package,
    version: pinnedVersion(requirements, recipe.package),
    onnxruntime: pinnedVersion(requirements, 'onnxruntime'),
    settings: [...settings.keys()],
    models: ['fp32', 'int8'],
    start: async (title, model, port) => {
      const setting = settings.get(title);
      if (setting === undefined) throw new Error(`${recipe.name} has no setting '${title}'`);
      return started(recipe, setting, model, port);
    },
  };
}

async function started(
  recipe: Recipe,
  setting: Setting,
  model: PeerModel,
  port: number,
): Promise<Contestant> {
  const bin = await environmentOf(import.meta.dirname, recipe.environment, [recipe.python ?? '3.11']);
  const otherPorts = [await freePort(), await freePort()] as const;
  const [program, ...args] = recipe.command(setting, port, otherPorts);
  const url = `http://127.0.0.1:${port}${recipe.path(setting)}`;
  const headers = recipe.headers(setting);
  const bodyOf = (photograph: Buffer): Buffer => recipe.bodyOf(setting, photograph);
  const server = await Started.of({
    command: join(bin, program),
    args,
    cwd: APPS,
    env: {
      ...process.env,
      PATH: `${bin}:${process.env['PATH'] ?? ''}`,
      // Applications find each other by their names; what Python compiles must not lie in the sources.
      PYTHONPATH: APPS,
      PYTHONDONTWRITEBYTECODE: '1',
      MODEL: MODELS[model],
      WORKERS: String(setting.workers),
      THREADS: String(setting.threads),
      BATCH: String(setting.batch),
      PORT: String(port),
      ...recipe.env?.(setting, port, otherPorts),
    },
    port,
    probe: {
      url,
      headers,
      body: bodyOf(readFileSync(PROBE)),
      isRight: (answer) => CATS.includes(topOf(answer)?.classId ?? -1),
    },
  });
  return {
    name: recipe.name,
    setting: titleOf(setting),
    url,
    headers,
    bodyOf,
    startMs: server.startMs,
    pids: () => server.pids(),
    stop: () => server.stop(),
  };
}
