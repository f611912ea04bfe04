/** The server starts and stops. */
import type { Log } from '../log/log.ts';

export class ServerEvents {
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  starting(facts: Readonly<Record<string, unknown>>): void {
    this.#log.info(facts, 'starting');
  }

  cacheUnusable(folder: string, reason: string): void {
    this.#log.warn({ folder, reason }, 'the cache folder cannot be used: starts take longer');
  }

  listening(url: string): void {
    this.#log.info({ url }, 'listening');
  }

  /** `ms`: since the start. */
  ready(ms: number): void {
    this.#log.info({ start_ms: Math.round(ms) }, 'ready');
  }

  signalIgnored(signal: string): void {
    this.#log.info({ signal }, 'signal ignored');
  }

  /** `reason`: the signal, or what else asked for it. */
  stopRequested(reason: string, deadlineMs: number): void {
    this.#log.info({ reason, deadline_ms: deadlineMs }, 'draining');
  }

  /** `clean`: all accepted work was done. */
  stopped(clean: boolean): void {
    if (clean) this.#log.info('stopped');
    else this.#log.error('the deadline passed before all accepted work was done');
    this.#log.flush();
  }
}
