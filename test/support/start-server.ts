/**
 * Servers for tests, in two forms: in this process, where a worker's module can be replaced and the log is
 * read as it is written, and as a process of its own, which has signals and an exit code. With
 * TEST_DIST=1 both are those of dist/. Every server is stopped when its test is over.
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

/** The model in the box. */
export const MODELS = join(ROOT, 'models');
export const PHOTOS = join(ROOT, 'test/fixtures/photos');

/** Without what the person at this machine has set for servers, but for where the relinked addon lies. */
const ENVIRONMENT = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(ORTOLAN|OTEL)_/.test(name) || name === 'ORTOLAN_CACHE_DIR',
  ),
);

type TestContext = Pick<Test, 'teardown'>;

export interface ServerSettings {
  /** Folder of the models; the model in the box when it is not given. */
  readonly models?: string;
  /** One worker, port 0, a patient objective and level DEBUG unless they say otherwise. */
  readonly options?: Partial<Config>;
}

/** A latency objective that a busy test machine keeps: what it does when it is missed has tests of its own. */
const PATIENT_MS = 60_000;

/** One line of the log. */
export type LogLine = Readonly<Record<string, unknown>>;

export interface Running {
  readonly port: number;
  /** The log so far. */
  readonly log: readonly LogLine[];
  readonly server: ServerModule.Server;
}

/** Starts a server in this process; it is ready when this resolves. `workerFile`: in the place of workers/infer.ts. */
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

/** Stops without the quiet second that is for load balancers. */
export async function stopNow(server: ServerModule.Server): Promise<boolean> {
  void server.stop('the test is over');
  return server.stop('the test is over');
}

function configOf(models: string, options: Partial<Config>): Config {
  // A folder without .env and ortolan.json.
  const { config } = loadConfig({ flags: {}, env: ENVIRONMENT, cwd: import.meta.dirname });
  return { ...config, models, port: 0, workers: 1, sloP99Ms: PATIENT_MS, logLevel: 'DEBUG', ...options };
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
  /** The first line with that message; rejects when the process ends without one. */
  line(message: string): Promise<LogLine>;
}

/** `ortolan serve` as a process of its own. It need not come up: ask for the line `ready`, or for `ended`. */
export function startProcess(
  t: TestContext,
  { models = MODELS, options = {} }: ServerSettings = {},
  args: readonly string[] = [],
): RunningProcess {
  const flags = Object.entries({ models, port: 0, workers: 1, sloP99Ms: PATIENT_MS, ...options }).flatMap(
    ([name, value]) => [flagOf(name as OptionName), String(value)],
  );
  const [file, ...first] = DIST
    ? [process.execPath, join(ROOT, 'dist/src/main.js')]
    : [join(ROOT, 'bin/ortolan')];
  const child = spawn(file, [...first, 'serve', ...flags, ...args], {
    cwd: import.meta.dirname,
    env: ENVIRONMENT,
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
