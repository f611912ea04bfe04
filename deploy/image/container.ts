/**
 * A container of the image, run by podman under every restriction that a cluster would put on it: read-only root,
 * no capabilities, no new privileges, 1 GiB, the user of the image. On the host's network: a bridge would leave
 * rules in the machine's packet filter.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { processorSeconds, residentMiB } from '../../tools/process/usage.ts';
import { output } from './command.ts';

export interface ContainerSettings {
  readonly tag: string;
  readonly port: number;
  /** For podman: see podmanEnvironment(). */
  readonly env: NodeJS.ProcessEnv;
  /** Options of the server, by their environment names. */
  readonly options?: Readonly<Record<string, string>>;
  /** More arguments of `podman run`. */
  readonly more?: readonly string[];
}

export type LogLine = Readonly<Record<string, unknown>>;

export class Container {
  readonly name: string;
  readonly port: number;
  readonly log: LogLine[] = [];
  /** What it wrote to stdout that is no JSON. */
  readonly noise: string[] = [];
  /** stderr, where podman also writes. */
  readonly errors: string[] = [];
  /** Its exit code. */
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;
  readonly #env: NodeJS.ProcessEnv;
  readonly #changed = new Set<() => void>();

  constructor({ tag, port, env, options = {}, more = [] }: ContainerSettings) {
    this.name = `ortolan-${process.pid}-${port}`;
    this.port = port;
    this.#env = env;
    const settings = Object.entries({ ORTOLAN_PORT: String(port), ...options });
    const words = [
      ...['run', '--rm', '--name', this.name, '--network', 'host', '--read-only', '--read-only-tmpfs=false'],
      ...[
        '--cap-drop',
        'ALL',
        '--security-opt',
        'no-new-privileges',
        '--memory',
        '1g',
        '--pids-limit',
        '256',
      ],
      ...settings.flatMap(([name, value]) => ['--env', `${name}=${value}`]),
      ...more,
      tag,
    ];
    this.#child = spawn('podman', words, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.ended = once(this.#child, 'close').then(([code]) => code as number | null);
    createInterface(this.#child.stdout!).on('line', (line) => this.#take(line));
    createInterface(this.#child.stderr!).on('line', (line) => void this.errors.push(line));
  }

  #take(line: string): void {
    try {
      this.log.push(JSON.parse(line) as LogLine);
    } catch {
      this.noise.push(line);
    }
    for (const look of this.#changed) look();
  }

  /** The first line with that message; rejects when the container ends without one. */
  line(message: string): Promise<LogLine> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = this.log.find((line) => line['message'] === message);
        if (found === undefined) return;
        this.#changed.delete(look);
        resolve(found);
      };
      this.#changed.add(look);
      look();
      void this.ended.then(() => reject(new Error(`ended without "${message}": ${this.errors.join('\n')}`)));
    });
  }

  /** To process 1 of the container, as the kubelet and docker do. */
  async signal(signal: 'TERM' | 'KILL'): Promise<void> {
    await output('podman', ['kill', '--signal', signal, this.name], this.#env);
  }

  /** Runs a program in it. @returns its output @throws Error when it fails */
  exec(...words: string[]): Promise<string> {
    return output('podman', ['exec', this.name, ...words], this.#env);
  }

  /** Runs the image's health check once; the state that it comes to. @throws Error when it fails */
  async checkHealth(): Promise<string> {
    await output('podman', ['healthcheck', 'run', this.name], this.#env);
    return output('podman', ['inspect', '--format', '{{.State.Health.Status}}', this.name], this.#env);
  }

  /** Identities of its processes on this machine: process 1, and the server below its supervisor. */
  async processes(): Promise<{ readonly first: number; readonly server: number }> {
    const first = Number(
      await output('podman', ['inspect', '--format', '{{.State.Pid}}', this.name], this.#env),
    );
    const childOf = (pid: number): number =>
      Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]);
    return { first, server: childOf(childOf(first)) };
  }

  /** User and system time of the server so far, in milliseconds; the kernel counts hundredths of a second. */
  async processorTime(): Promise<number> {
    return 1000 * processorSeconds([(await this.processes()).server]);
  }

  /** Resident memory of the server. */
  async memoryMiB(): Promise<number> {
    return residentMiB([(await this.processes()).server]);
  }

  /** Kills it. Resolves when it has ended. */
  async remove(): Promise<void> {
    await this.signal('KILL').catch(() => undefined); // It has ended by itself.
    await this.ended;
  }
}
