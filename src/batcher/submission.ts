/**
 * All entries of one request in one batcher. Resolves when each of them is settled; can be given up as a
 * whole when the client goes or the deadline passes.
 */
import type { Clock } from '../clock.ts';
import type { RequestTrace } from '../telemetry/trace/request-trace.ts';
import type { Batcher } from './batcher.ts';
import { Entry, type DropReason, type Due, type EntryOutcome } from './entry.ts';
import type { Payload } from '../thread/payload.ts';

export class Submission {
  /** One outcome per payload, in order. Never rejects. */
  readonly outcomes: Promise<readonly EntryOutcome[]>;
  readonly #entries: readonly Entry[];
  readonly #batcher: Batcher;

  /** Queues the payloads; the caller has seen that there is room, and wakes the scheduler afterwards. */
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

  /** Drops what has not been settled: queued entries leave the queue, dispatched ones lose their answer. */
  giveUp(reason: DropReason): void {
    for (const entry of this.#entries) if (!entry.settled) this.#batcher.drop(entry, reason);
  }
}
