/**
 * All entries of one request in one batcher. They are given up together when the client disconnects or the deadline
 * passes.
 */
import type { Clock } from '../clock.ts';
import type { RequestTrace } from '../telemetry/trace/request-trace.ts';
import type { Batcher } from './batcher.ts';
import { Entry, type DropReason, type Due, type EntryOutcome } from './entry.ts';
import type { Payload } from '../thread/payload.ts';

export class Submission {
  /** One outcome per payload, in order; resolves when all entries are settled. Never rejects. */
  readonly outcomes: Promise<readonly EntryOutcome[]>;
  readonly #entries: readonly Entry[];
  readonly #batcher: Batcher;

  /** Queues the payloads. The caller has checked that there is room, and wakes the scheduler afterwards. */
  constructor(payloads: readonly Payload[], due: Due, batcher: Batcher, clock: Clock, trace?: RequestTrace) {
    this.#batcher = batcher;
    const outcomes: EntryOutcome[] = [];
    let open = payloads.length;
    const { promise, resolve } = Promise.withResolvers<readonly EntryOutcome[]>();
    this.outcomes = promise;
    if (open === 0) resolve(outcomes);
    const queuedAt = clock.now();
    this.#entries = payloads.map((payload, index) => {
      const entry = new Entry(payload, queuedAt, due, (outcome) => {
        outcomes[index] = outcome;
        if (--open === 0) resolve(outcomes);
      });
      entry.trace = trace;
      batcher.enqueue(entry);
      return entry;
    });
  }

  /** Drops entries that are not settled: queued ones leave the queue, the results of dispatched ones are discarded. */
  giveUp(reason: DropReason): void {
    for (const entry of this.#entries) if (!entry.settled) this.#batcher.drop(entry, reason);
  }
}
