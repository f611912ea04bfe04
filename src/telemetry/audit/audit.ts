/**
 * The audit log: who changed what is served and who was refused, one JSON object a line, chained (chain.ts). It is a
 * stream of its own, in a file or among the lines of stdout. Entries that cannot be written wait, a thousand at most;
 * what is beyond that is counted, and the first entry that is written again says how many are missing.
 */
import type { Clock } from '../../clock.ts';
import type { Link } from './chain.ts';
import { fieldsOf, type AuditFacts } from './entry.ts';
import type { Fields } from './file.ts';
import { Sampler } from './sampler.ts';

/** Where lines go. */
export interface AuditOutlet {
  readonly link: Link;
  /** The last event of the process before; undefined where there is none, or it cannot be told. */
  readonly lastEvent: string | undefined;
  /** @throws Error when the line could not be written, none of it */
  append(fields: Fields): void;
  close(): void;
}

/** What the log and the metrics are told. */
export interface AuditEvents {
  entry(result: 'written' | 'left_out' | 'dropped'): void;
  /** From now on entries wait. */
  unwritable(reason: string): void;
  writable(dropped: number): void;
  closed(link: Link): void;
}

export interface AuditSettings {
  readonly clock: Clock;
  readonly outlet: AuditOutlet;
  readonly events: AuditEvents;
  /** Whether calls that change the server are refused while entries cannot be written. */
  readonly refusesWhenFull: boolean;
}

const MAX_WAITING = 1000;
const RETRY_MS = 1000;

export class Audit {
  readonly #settings: AuditSettings;
  readonly #sampler: Sampler;
  #waiting: Fields[] = [];
  #dropped = 0;
  #cancelRetry: (() => void) | undefined;

  constructor(settings: AuditSettings) {
    this.#settings = settings;
    this.#sampler = new Sampler(() => settings.clock.now());
  }

  /** Where the chain is, to be kept elsewhere. */
  get link(): Link {
    return this.#settings.outlet.link;
  }

  /** The last event of the process that wrote before. */
  get lastEvent(): string | undefined {
    return this.#settings.outlet.lastEvent;
  }

  /** Whether a call that changes the server may be made: false while it could not be written down, where that is asked for. */
  get takesChanges(): boolean {
    return !this.#settings.refusesWhenFull || this.#writeWaiting();
  }

  /** Refusals are sampled. Never throws. */
  record(facts: AuditFacts): void {
    const fields = fieldsOf(facts, new Date());
    if (facts.outcome === 'refused') {
      const leftOut = this.#sampler.pass(facts.event, facts.actor.id ?? facts.address ?? '');
      if (leftOut === undefined) return this.#settings.events.entry('left_out');
      if (leftOut > 0) fields['left_out'] = leftOut;
    }
    if (this.#waiting.length > 0 && !this.#writeWaiting()) return this.#wait(fields);
    // What was dropped came after all that waited.
    const dropped = this.#dropped;
    try {
      this.#append(dropped > 0 ? { ...fields, dropped } : fields);
      this.#dropped = 0;
    } catch (error) {
      this.#wait(fields);
      this.#settings.events.unwritable(error instanceof Error ? error.message : String(error));
    }
  }

  close(): void {
    this.#cancelRetry?.();
    this.#writeWaiting();
    this.#settings.events.closed(this.link);
    this.#settings.outlet.close();
  }

  #append(fields: Fields): void {
    this.#settings.outlet.append(fields);
    this.#settings.events.entry('written');
  }

  #wait(fields: Fields): void {
    if (this.#waiting.length < MAX_WAITING) this.#waiting.push(fields);
    else {
      this.#dropped++;
      this.#settings.events.entry('dropped');
    }
    this.#retryLater();
  }

  #retryLater(): void {
    this.#cancelRetry ??= this.#settings.clock.after(RETRY_MS, () => {
      this.#cancelRetry = undefined;
      if (!this.#writeWaiting()) this.#retryLater();
    });
  }

  /** Returns true when nothing waits any more. */
  #writeWaiting(): boolean {
    if (this.#waiting.length === 0) return true;
    let written = 0;
    try {
      for (const fields of this.#waiting) {
        this.#append(fields);
        written++;
      }
    } catch {
      // Reported when the first of them could not be written.
    }
    this.#waiting = this.#waiting.slice(written);
    if (this.#waiting.length > 0) return false;
    this.#settings.events.writable(this.#dropped);
    return true;
  }
}
