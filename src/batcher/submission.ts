/**
 * All entries of one request in one batcher. They are given up together when the client disconnects or the deadline
 * passes.
 */
import type { Clock } from '../clock.ts';
import type { RequestTrace } from '../telemetry/trace/request-trace.ts';
import type { Batcher } from './batcher.ts';
import { Entry, type DropReason, type Due, type EntryOutcome, type Priority } from './entry.ts';
import type { Payload } from '../thread/payload.ts';

export class Submission {
  /** One outcome per payload, in order; resolves when all entries are settled. Never rejects. */
  readonly outcomes: Promise<readonly EntryOutcome[]>;
  readonly #entries: readonly Entry[];
  readonly #batcher: Batcher;
  readonly #settled: EntryOutcome[] = [];
  #watcher: ((index: number, outcome: EntryOutcome) => void) | undefined;

  /** Queues the payloads. The caller has checked that there is room, and wakes the scheduler afterwards. */
  constructor(
    payloads: readonly Payload[],
    due: Due,
    batcher: Batcher,
    clock: Clock,
    trace?: RequestTrace,
    priority: Priority = 'normal',
  ) {
    this.#batcher = batcher;
    const outcomes = this.#settled;
    let open = payloads.length;
    const { promise, resolve } = Promise.withResolvers<readonly EntryOutcome[]>();
    this.outcomes = promise;
    if (open === 0) resolve(outcomes);
    const queuedAt = clock.now();
    this.#entries = payloads.map((payload, index) => {
      const entry = new Entry(payload, queuedAt, due, (outcome) => {
        outcomes[index] = outcome;
        this.#watcher?.(index, outcome);
        if (--open === 0) resolve(outcomes);
      });
      entry.trace = trace;
      entry.priority = priority;
      batcher.enqueue(entry);
      return entry;
    });
  }

  /** Drops entries that are not settled: queued ones leave the queue, the results of dispatched ones are discarded. */
  giveUp(reason: DropReason): void {
    for (const entry of this.#entries) if (!entry.settled) this.#batcher.drop(entry, reason);
  }
  /** As giveUp(), for one payload. */
  giveUpOne(index: number, reason: DropReason): void {
    const entry = this.#entries[index]!;
    if (!entry.settled) this.#batcher.drop(entry, reason);
  }

  /** Puts equal bytes in the place of a payload whose memory is about to be used again. */
  replace(index: number, payload: Payload): void {
    this.#entries[index]!.payload = payload;
  }

  /** `watcher` is called with the outcome of each payload once that is settled; at once for those that are. */
  watch(watcher: (index: number, outcome: EntryOutcome) => void): void {
    this.#watcher = watcher;
    // Those that are not settled are holes, which forEach leaves out.
    this.#settled.forEach((outcome, index) => watcher(index, outcome));
  }
}
