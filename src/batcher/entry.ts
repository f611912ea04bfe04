/**
 * One image, or the tensors, of one request in a batcher. An entry is settled exactly once: later attempts are ignored.
 */
import type { Failure } from '../errors.ts';
import { bytesOf, type Payload } from '../thread/payload.ts';
import type { Classes, Outputs } from '../thread/messages.ts';
import type { Width } from '../thread/load.ts';
import type { RequestTrace } from '../telemetry/trace/request-trace.ts';
import type { DispatchReason } from './batching-policy.ts';

/** Size, dispatch reason and stage times of the batch that an entry ran in. */
export interface BatchSummary {
  readonly rows: number;
  /** `cache`: there was no batch, the result was stored. */
  readonly reason: DispatchReason | 'cache';
  readonly width: Width;
  /** Where it ran, for a version that was to run elsewhere than on the CPU. */
  readonly device?: string;
  readonly decodeMs: number;
  readonly inferMs: number;
  readonly postMs: number;
}

/** In what order entries leave the queue: those of a level before those of the next, each level first in, first out. */
export const PRIORITIES = ['high', 'normal', 'low'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** Why an answer is no longer needed. abandoned: the client disconnected. expired: its deadline passed. */
export type DropReason = 'abandoned' | 'expired';

/** By when an answer is needed. */
export interface Due {
  /** Clock milliseconds; Infinity: no limit. */
  readonly at: number;
  /** True: a deadline set by the client, after which it no longer waits. False: the SLO of the model. */
  readonly strict: boolean;
}

/** How an entry was settled. `queueMs`: milliseconds from queueing to settling, less the work on its batch. */
export type EntryOutcome =
  | {
      readonly kind: 'done';
      readonly result: Classes | Outputs;
      readonly batch: BatchSummary;
      readonly queueMs: number;
    }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'dropped'; readonly reason: DropReason };

/** Entries that are run together. */
export interface Batch {
  readonly entries: readonly Entry[];
  readonly rows: number;
  readonly reason: DispatchReason;
  /** Predicted milliseconds of decoding all images; 0 for rows. */
  readonly decodeMs: number;
  /** Set by the scheduler when it chooses the worker. */
  width: Width;
  /** Set by the scheduler: takes the batch back from its worker, unless the worker has started it. */
  takeBack: (() => void) | undefined;
}

export class Entry {
  /** Equal bytes may take its place. */
  payload: Payload;
  /** When it was queued, in clock milliseconds. */
  readonly queuedAt: number;
  readonly due: Due;
  readonly #onSettled: (outcome: EntryOutcome) => void;
  #outcome: EntryOutcome | undefined;
  /** The batch that it was put into. */
  batch: Batch | undefined;
  priority: Priority = 'normal';
  /** Predicted milliseconds of decoding its image; set by the batcher. */
  decodeMs = 0;
  /** Predicted worker milliseconds of the entry as part of a batch of the usual size; set by the batcher. */
  workMs = 0;
  /** Whether it was queued again, which happens at most once, because its worker died before starting it. */
  requeued = false;
  /** Links of the queue that it is in. */
  previous: Entry | undefined;
  next: Entry | undefined;
  queued = false;
  /** The trace of its request; undefined when that is not sampled. */
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

  /** Why it was dropped; undefined unless it was. */
  get dropped(): DropReason | undefined {
    return this.#outcome?.kind === 'dropped' ? this.#outcome.reason : undefined;
  }

  /** Settles the entry and returns true. Does nothing and returns false when it was settled before. */
  settle(outcome: EntryOutcome): boolean {
    if (this.#outcome !== undefined) return false;
    this.#outcome = outcome;
    this.#onSettled(outcome);
    return true;
  }
}
