/** The server starts and stops. */
import type { Audit } from '../audit/audit.ts';
import { crashed, logLevelChanged, started, stopped } from '../audit/changes.ts';
import type { Log } from '../log/log.ts';
import type { Metrics } from '../metrics/metrics.ts';

export class ServerEvents {
  readonly #log: Log;
  readonly #metrics: Pick<Metrics, 'crashes' | 'lastCrash'>;
  readonly #audit: Pick<Audit, 'record' | 'lastEvent'> | undefined;

  constructor(
    log: Log,
    metrics: Pick<Metrics, 'crashes' | 'lastCrash'>,
    audit?: Pick<Audit, 'record' | 'lastEvent'>,
  ) {
    this.#log = log;
    this.#metrics = metrics;
    this.#audit = audit;
  }

  starting(facts: Readonly<Record<string, unknown>> & { readonly version: string }): void {
    this.#log.info(facts, 'starting');
    const last = this.#audit?.lastEvent;
    if (last !== undefined && !last.startsWith('sys_shutdown:')) this.#audit?.record(crashed(last));
    this.#audit?.record(started(facts.version));
  }

  /** `check`: the name of a rule in src/config/self-check/unsafe.ts. */
  unsafe(check: string, says: string): void {
    this.#log.warn({ check }, says);
  }

  cacheUnusable(folder: string, reason: string): void {
    this.#log.warn({ folder, reason }, 'the cache folder cannot be used: starts take longer');
  }

  /** Crashes that were counted before this process, by signal; `lastAt`: wall-clock milliseconds. */
  crashesBefore(counts: Readonly<Record<string, number>>, lastAt: number | undefined): void {
    if (lastAt !== undefined) this.#metrics.lastCrash.set({}, lastAt / 1000);
    for (const [signal, count] of Object.entries(counts)) this.#metrics.crashes.of({ signal }).raiseTo(count);
  }

  /** Native code has ended the process before this one. `running`: the versions that were loaded or run then, if that is known. */
  crashed(signal: string, running: readonly object[] | undefined): void {
    this.#log.error({ signal, running }, 'the server crashed and was started again');
  }

  /** Nothing of a crash can be kept, so that no version is ever quarantined. */
  crashesUnrecorded(): void {
    this.#log.warn('no folder can be written: what runs when the server crashes is not on record');
  }

  listening(url: string): void {
    this.#log.info({ url }, 'listening');
  }

  /** `ms`: since the start. */
  ready(ms: number): void {
    this.#log.info({ start_ms: Math.round(ms) }, 'ready');
  }

  /** Why, is said by the command that started it. */
  startFailed(): void {
    this.#audit?.record(stopped(false));
  }

  signalIgnored(signal: string): void {
    this.#log.info({ signal }, 'signal ignored');
  }

  /** Its line in the log is that of Verbosity. `by`: a signal, or `request`. */
  logLevelChanged(by: string, before: string, now: string): void {
    this.#audit?.record(logLevelChanged(by, before, now));
  }

  /** `reason`: the signal, or what else asked for it. */
  stopRequested(reason: string, deadlineMs: number): void {
    this.#log.info({ reason, deadline_ms: deadlineMs }, 'draining');
  }

  /** `clean`: all accepted work was done. */
  stopped(clean: boolean): void {
    if (clean) this.#log.info('stopped');
    else this.#log.error('the deadline passed before all accepted work was done');
    this.#audit?.record(stopped(clean));
    this.#log.flush();
  }
}
