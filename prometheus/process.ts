/**
 * A Prometheus of the machine's own packages, with our rules, for as long as it is needed: its data lies in a temporary
 * folder that stop() removes. Listens on the loopback only.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ended, hasEnded } from '../tools/process/child-end.ts';
import { writeSettings } from './settings.ts';

const POLL_MS = 50;
const STDERR_TAIL = 4000;
const MANUAL = join(import.meta.dirname, '../docs/operations.md');

export interface PrometheusSettings {
  /** The program; see tools/process/on-path.ts. */
  readonly program: string;
  /** host:port of the server to scrape. */
  readonly target: string;
  readonly port: number;
  readonly everySeconds: number;
  /** HTML that it serves at /user/, beside its own pages and docs/operations.md. */
  readonly page?: string;
}

/** A series of a response: `value` of an instant query, `values` of a range query, each `[seconds, value as text]`. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}

export interface Rule {
  readonly type: 'recording' | 'alerting';
  readonly name: string;
  readonly query: string;
  readonly health: 'ok' | 'unknown' | 'err';
  readonly lastError?: string;
  /** Of an alert. */
  readonly state?: 'inactive' | 'pending' | 'firing';
}

export class Prometheus {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(url: string, child: ChildProcess, folder: string) {
    this.url = url;
    this.#child = child;
    this.#folder = folder;
  }

  /** Resolves when it answers queries. @throws Error with the end of its log when it ends before. */
  static async start({
    program,
    target,
    port,
    everySeconds,
    page = '',
  }: PrometheusSettings): Promise<Prometheus> {
    const self = `127.0.0.1:${port}`;
    const folder = await mkdtemp(join(tmpdir(), 'ortolan-prometheus-'));
    const file = await writeSettings(folder, { target, self, everySeconds });
    await mkdir(join(folder, 'pages'));
    await writeFile(join(folder, 'pages/index.html'), page);
    await copyFile(MANUAL, join(folder, 'pages/operations.txt'));
    const child = spawn(
      program,
      [
        `--config.file=${file}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=${self}`,
        `--web.user-assets=${join(folder, 'pages')}`,
        '--enable-feature=exemplar-storage',
        '--log.level=warn',
      ],
      { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let log = '';
    child.stderr.on('data', (text: Buffer) => (log = (log + text.toString()).slice(-STDERR_TAIL)));
    child.on('error', (error) => (log += error.message));
    const prometheus = new Prometheus(`http://${self}`, child, folder);
    while (!(await prometheus.#ready())) {
      if (hasEnded(child)) {
        await prometheus.stop();
        throw new Error(`Prometheus did not start: ${log.trim()}`);
      }
      await sleep(POLL_MS);
    }
    return prometheus;
  }

  /** The value of an expression now. @throws Error when Prometheus cannot evaluate it. */
  async query(expression: string): Promise<readonly Series[]> {
    return this.#result('query', { query: expression });
  }

  /** The values of an expression in the last `seconds`, at every `step` seconds. */
  async queryRange(expression: string, seconds: number, step: number): Promise<readonly Series[]> {
    const end = Date.now() / 1000;
    const range = { start: String(end - seconds), end: String(end), step: String(step) };
    return this.#result('query_range', { query: expression, ...range });
  }

  async rules(): Promise<readonly Rule[]> {
    const { groups } = await this.#get<{ groups: readonly { rules: readonly Rule[] }[] }>('rules', {});
    return groups.flatMap(({ rules }) => rules);
  }

  async stop(): Promise<void> {
    await ended(this.#child, () => this.#child.kill('SIGTERM'));
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #ready(): Promise<boolean> {
    return fetch(`${this.url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  }

  async #result(path: string, parameters: Record<string, string>): Promise<readonly Series[]> {
    return (await this.#get<{ result: readonly Series[] }>(path, parameters)).result;
  }

  async #get<T>(path: string, parameters: Record<string, string>): Promise<T> {
    const response = await fetch(`${this.url}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`);
    const answer = (await response.json()) as { status: string; error?: string; data: T };
    if (answer.status !== 'success') throw new Error(`${answer.error}: ${parameters['query'] ?? path}`);
    return answer.data;
  }
}
