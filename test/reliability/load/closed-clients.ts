/** Clients that each send their next request when the last one is answered, on connections that they keep. */
import { Connections, requestOf, type Ending } from '../../../bench/generator/connections.ts';
import { Latencies } from '../../../tools/load/latencies.ts';

export interface ClientsSettings {
  readonly port: number;
  readonly clients: number;
  /** Whole requests, in turn. */
  readonly requests: readonly Buffer[];
  /** Sees every end; `ms` from sending. */
  readonly onEnd?: (ending: Ending, ms: number, request: number) => void;
}

/** A POST of this body. */
export const posted = (
  port: number,
  path: string,
  body: Buffer,
  headers: Readonly<Record<string, string>> = {},
): Buffer => requestOf(new URL(`http://127.0.0.1:${port}${path}`), headers, body);

export class Clients {
  readonly latencies = new Latencies();
  /** By status or what went wrong. */
  readonly endings = new Map<Ending, number>();
  readonly #connections: Connections;
  readonly #settings: ClientsSettings;
  readonly #running: Promise<void>;
  #next = 0;
  #stopped = false;

  private constructor(settings: ClientsSettings) {
    this.#settings = settings;
    this.#connections = new Connections(new URL(`http://127.0.0.1:${settings.port}`));
    this.#running = Promise.all(Array.from({ length: settings.clients }, () => this.#client())).then(
      () => undefined,
    );
  }

  static start(settings: ClientsSettings): Clients {
    return new Clients(settings);
  }

  get sent(): number {
    return this.#next;
  }

  /** Ends other than 200. */
  get bad(): number {
    let bad = 0;
    for (const [ending, count] of this.endings) if (ending !== 200) bad += count;
    return bad;
  }

  /** Resolves when the last request has ended. */
  async stop(): Promise<this> {
    this.#stopped = true;
    await this.#running;
    this.#connections.close();
    return this;
  }

  async #client(): Promise<void> {
    const { requests, onEnd } = this.#settings;
    while (!this.#stopped) {
      const request = this.#next++;
      const from = performance.now();
      const ending = await new Promise<Ending>((resolve) => {
        this.#connections.send(requests[request % requests.length]!, resolve);
      });
      const ms = performance.now() - from;
      this.latencies.record(ms);
      this.endings.set(ending, (this.endings.get(ending) ?? 0) + 1);
      onEnd?.(ending, ms, request);
      // A server that is gone would be asked without a pause.
      if (typeof ending === 'string') await new Promise((resolve) => void setTimeout(resolve, 5));
    }
  }
}
