/** Several servers of this machine, each on a port that it keeps, and restarted as a kubelet restarts pods. */
import { startOrtolan, type Exit, type Ortolan, type StartOptions } from '../../tools/process/ortolan.ts';
import { steadyPort } from './port.ts';

/** What one restart was like. */
export interface Restart extends Exit {
  /** Of the server, from 1. */
  readonly replica: number;
  /** From the signal to the end of the process. */
  readonly drainMs: number;
  /** From exec to ready. */
  readonly startMs: number;
}

interface Replica {
  readonly port: number;
  readonly options: StartOptions;
  server: Ortolan | undefined;
}

export class Fleet {
  readonly #replicas: readonly Replica[];

  private constructor(replicas: readonly Replica[]) {
    this.#replicas = replicas;
  }

  /** Starts as many as there are options, all at once. @throws Error when one does not start; the others are stopped. */
  static async start(options: readonly StartOptions[]): Promise<Fleet> {
    const replicas: Replica[] = [];
    for (const one of options) replicas.push({ port: await steadyPort(), options: one, server: undefined });
    const fleet = new Fleet(replicas);
    const started = await Promise.allSettled(replicas.map((replica) => begin(replica)));
    for (const one of started) {
      if (one.status === 'fulfilled') continue;
      await fleet.stop();
      throw one.reason;
    }
    return fleet;
  }

  /** `127.0.0.1:20001`, for a proxy. */
  get addresses(): readonly string[] {
    return this.#replicas.map(({ port }) => `127.0.0.1:${port}`);
  }

  get pids(): readonly number[] {
    return this.#replicas.flatMap(({ server }) => server?.pids() ?? []);
  }

  /**
   * Sends the signal that a kubelet sends when preStop is over, waits until the process has ended, starts it again on the
   * same port and waits until it is ready. `index` from 0.
   */
  async restart(index: number, signal: NodeJS.Signals = 'SIGTERM'): Promise<Restart> {
    const replica = this.#replicas[index]!;
    const from = performance.now();
    const exit = await replica.server!.end(signal);
    const drainMs = performance.now() - from;
    replica.server = undefined;
    await begin(replica);
    return { replica: index + 1, ...exit, drainMs, startMs: replica.server!.startMs };
  }

  /** Stops the process as a machine stops that hangs: its port takes connections, and nothing answers. Then lets it go on. */
  async freeze(index: number, ms: number): Promise<void> {
    const pids = this.#replicas[index]!.server!.pids();
    if (pids.length === 0) throw new Error(`server ${index + 1} is not there`);
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    await new Promise((resolve) => void setTimeout(resolve, ms));
    for (const pid of pids) process.kill(pid, 'SIGCONT');
  }

  async stop(): Promise<void> {
    await Promise.all(this.#replicas.flatMap(({ server }) => server?.stop() ?? []));
  }
}

async function begin(replica: Replica): Promise<void> {
  const { port, options } = replica;
  const args = [...(options.args ?? []), '--port', String(port)];
  replica.server = await startOrtolan({ ...options, args });
}
