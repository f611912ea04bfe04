/**
 * One image, or some rows, of one request on its way through a batcher. An entry is settled exactly once,
 * whatever happens to it and however often.
 */
import type { Failure } from '../errors.ts';
import { bytesOf, type Payload } from '../thread/payload.ts';
import type { Classes, Outputs } from '../thread/messages.ts';
import type { Width } from '../thread/load.ts';
import type { RequestTrace } from '../telemetry/trace/request-trace.ts';
import type { DispatchReason } from './batching-policy.ts';

/** The batch that an answer came out of. */
export interface BatchSummary {
  readonly rows: number;
  readonly reason: DispatchReason;
  readonly width: Width;
  readonly decodeMs: number;
  readonly inferMs: number;
  readonly postMs: number;
}

/** Why nobody waits for an answer any more: the client has gone, or the deadline has passed. */
export type DropReason = 'abandoned' | 'expired';

/** Until when an answer is worth something. */
export interface Due {
  /** Clock milliseconds; Infinity for ever. */
  readonly at: number;
  /** The client's own deadline, and not the SLO of the model: an answer after it reaches nobody. */
  readonly strict: boolean;
}

/** Every way in which an entry can end. */
export type EntryOutcome =
  | {
      readonly kind: 'done';
      readonly result: Classes | Outputs;
      readonly batch: BatchSummary;
      readonly queueMs: number;
    }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'dropped'; readonly reason: DropReason };

/** Entries that go to a worker together. */
export interface Batch {
  readonly entries: readonly Entry[];
  readonly rows: number;
  readonly reason: DispatchReason;
  /** Predicted milliseconds of decoding. */
  readonly decodeMs: number;
  /** Set by the scheduler with the worker. */
  width: Width;
  /** Set by the scheduler: takes the batch back from its worker, if the worker has not begun it. */
  takeBack: (() => void) | undefined;
}

export class Entry {
  readonly payload: Payload;
  /** Clock milliseconds at which it was queued. */
  readonly queuedAt: number;
  readonly due: Due;
  readonly #onSettled: (outcome: EntryOutcome) => void;
  #outcome: EntryOutcome | undefined;
  /** The batch that it went into. */
  batch: Batch | undefined;
  /** Predicted milliseconds of decoding its image, and of all its work as part of a usual batch; set by the batcher. */
  decodeMs = 0;
  workMs = 0;
  /** Sent to a worker that died before it began; it is queued again, but only once. */
  requeued = false;
  /** Links of the queue that holds it. */
  previous: Entry | undefined;
  next: Entry | undefined;
  queued = false;
  /** Its request, when that is traced. */
  trace: RequestTrace | undefined;

  constructor(payload: Payload, queuedAt: number, due: Due, onSettled: (outcome: EntryOutcome) => void) {
    this.payload = payload;
    this.queuedAt = queuedAt;
    this.due = due;
    this.#onSettled = onSettled;
  }

  get rows(): number {
    return this.payload.rows;
  }

  get bytes(): number {
    return bytesOf(this.payload);
  }

  get settled(): boolean {
    return this.#outcome !== undefined;
  }

  /** Set when it was settled because nobody waits for it. */
  get dropped(): DropReason | undefined {
    return this.#outcome?.kind === 'dropped' ? this.#outcome.reason : undefined;
  }

  /** The one way out. False when it was settled before; nothing happens then. */
  settle(outcome: EntryOutcome): boolean {
    if (this.#outcome !== undefined) return false;
    this.#outcome = outcome;
    this.#onSettled(outcome);
    return true;
  }
}
