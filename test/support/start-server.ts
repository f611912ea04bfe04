/**
 * Servers for tests: in this process, where the worker module can be replaced and the log is read directly, or as a
 * separate process, with signals and an exit code. With TEST_DIST=1 both are from dist/. Servers are stopped when their
 * test ends.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Test } from 'tap';
import { loadConfig } from '../../src/config/load.ts';
import { flagOf } from '../../src/config/names.ts';
import type { Config, OptionName } from '../../src/config/schema.ts';
import type * as ServerModule from '../../src/root/server.ts';

const ROOT = join(import.meta.dirname, '../..');
const DIST = process.env['TEST_DIST'] === '1';

/** The included model. */
export const MODELS = join(ROOT, 'models');
export const PHOTOS = join(ROOT, 'test/fixtures/photos');

/** The environment without settings of a server, except the folder of the relinked addon. */
const ENVIRONMENT = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(ORTOLAN|OTEL)_/.test(name) || name === 'ORTOLAN_CACHE_DIR',
  ),
);

type TestContext = Pick<Test, 'teardown'>;

export interface ServerSettings {
  /** Folder of the models; by default the included model. */
  readonly models?: string;
  /** By default one worker, port 0, a long SLO and level DEBUG. */
  readonly options?: Partial<Config>;
}

/** An SLO that even a busy test machine meets. */
const LONG_SLO_MS = 60_000;

/** One line of the log. */
export type LogLine = Readonly<Record<string, unknown>>;

export interface Running {
  readonly port: number;
  /** The log so far. */
  readonly log: readonly LogLine[];
  readonly server: ServerModule.Server;
}

/** Starts a server in this process; resolves when it is ready. `workerFile`: replaces workers/infer.ts. */
export async function startServer(
  t: TestContext,
  { models = MODELS, options = {}, workerFile }: ServerSettings & { readonly workerFile?: URL } = {},
): Promise<Running> {
  const entry = DIST ? 'dist/src/root/server.js' : 'src/root/server.ts';
  const module = (await import(pathToFileURL(join(ROOT, entry)).href)) as typeof ServerModule;
  const log: LogLine[] = [];
  const server = await module.startServer(configOf(models, options), {
    ...(workerFile === undefined ? {} : { workerFile }),
    write: (line) => void log.push(JSON.parse(line) as LogLine),
  });
  t.teardown(() => stopNow(server));
  return { port: server.port, log, server };
}

/** Stops without draining. */
export async function stopNow(server: ServerModule.Server): Promise<boolean> {
  void server.stop('the test is over');
  return server.stop('the test is over');
}

function configOf(models: string, options: Partial<Config>): Config {
  // A folder without .env and ortolan.json.
  const { config } = loadConfig({ flags: {}, env: ENVIRONMENT, cwd: import.meta.dirname });
  return { ...config, models, port: 0, workers: 1, sloP99Ms: LONG_SLO_MS, logLevel: 'DEBUG', ...options };
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface RunningProcess {
  readonly child: ChildProcess;
  readonly log: readonly LogLine[];
  /** All that it has written to stderr. */
  readonly stderr: () => string;
  readonly ended: Promise<Ended>;
  /** Resolves with the first line with that message; rejects when the process ends without it. */
  line(message: string): Promise<LogLine>;
}

/** What a process runs under. */
export interface ProcessSettings extends ServerSettings {
  /** Further variables of its environment. */
  readonly env?: NodeJS.ProcessEnv;
  /** A program and its arguments, before the server's own: `['prlimit', '--nofile=256']`. */
  readonly under?: readonly string[];
}

/** Starts `ortolan serve` as a process. Does not wait for it: await the line `ready`, or `ended`. */
export function startProcess(
  t: TestContext,
  { models = MODELS, options = {}, env = {}, under = [] }: ProcessSettings = {},
  args: readonly string[] = [],
): RunningProcess {
  const flags = Object.entries({ models, port: 0, workers: 1, sloP99Ms: LONG_SLO_MS, ...options }).flatMap(
    ([name, value]) => [flagOf(name as OptionName), String(value)],
  );
  const server = DIST
    ? [join(ROOT, 'bin/supervise'), process.execPath, join(ROOT, 'dist/src/main.js')]
    : [join(ROOT, 'bin/ortolan')];
  const [file, ...first] = [...under, ...server];
  const child = spawn(file!, [...first, 'serve', ...flags, ...args], {
    cwd: import.meta.dirname,
    env: { ...ENVIRONMENT, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended: Promise<Ended> = once(child, 'close').then(([code, signal]) => ({ code, signal }));
  t.teardown(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { child, ended, ...linesOf(child, ended) };
}

/** The port of a process that is ready. */
export async function portOf(running: RunningProcess): Promise<number> {
  await running.line('ready');
  return Number(new URL(String((await running.line('listening'))['url'])).port);
}

function linesOf(
  child: ChildProcess,
  ended: Promise<Ended>,
): Pick<RunningProcess, 'log' | 'stderr' | 'line'> {
  const log: LogLine[] = [];
  const waiting = new Set<() => void>();
  let rest = '';
  let stderr = '';
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    log.push(...lines.map((line) => JSON.parse(line) as LogLine));
    for (const look of waiting) look();
  });
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return {
    log,
    stderr: () => stderr,
    line: (message) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = log.find((line) => line['message'] === message);
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
        void ended.then(() => reject(new Error(`it ended without the line ${message}: ${stderr}`)));
      }),
  };
}
