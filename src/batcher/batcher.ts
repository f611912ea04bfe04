/**
 * The dynamic batcher of one model version: a queue, the policy that cuts it into batches, and the settling of
 * every entry of a batch with its own part of the result. It holds no timer and knows no worker: the scheduler
 * asks it for a batch when there is a worker for one.
 */
import type { Clock } from '../clock.ts';
import type { Failure } from '../errors.ts';
import type { BatchOutcome } from '../pool/worker.ts';
import type { BatchPayload } from '../pool/slab.ts';
import type { BatchResult } from '../messages.ts';
import type { Batch, BatchFacts, DropReason, Entry } from './entry.ts';
import { decide, type BatchLimits, type Decision } from './policy.ts';
import { EntryQueue } from './queue.ts';

export interface BatcherEvents {
  /** Rows left the queue, or came back from a worker, with nobody waiting for them. */
  rowsDropped(rows: number, reason: DropReason): void;
  /** Rows were run although nobody waits for their answer any more. */
  rowsWasted(rows: number): void;
}

export interface BatcherSettings extends BatchLimits {
  readonly maxQueueRows: number;
  /** Bytes that a batch may have, unless it is a single entry. */
  readonly maxBatchBytes: number;
}

const DIED: Failure = { code: 'WORKER_DIED', detail: 'The worker that ran the batch died.' };

export class Batcher {
  readonly #queue: EntryQueue;
  readonly #settings: BatcherSettings;
  readonly #clock: Clock;
  readonly #events: BatcherEvents;

  constructor(settings: BatcherSettings, clock: Clock, events: BatcherEvents) {
    this.#settings = settings;
    this.#queue = new EntryQueue(settings.maxQueueRows);
    this.#clock = clock;
    this.#events = events;
  }

  get queuedRows(): number {
    return this.#queue.rows;
  }

  /** When the oldest waiting entry was queued; undefined when none waits. */
  get oldestQueuedAt(): number | undefined {
    return this.#queue.head?.queuedAt;
  }

  hasRoomFor(rows: number): boolean {
    return this.#queue.hasRoomFor(rows);
  }

  /** Queues an entry. The caller has seen that there is room, and wakes the scheduler afterwards. */
  enqueue(entry: Entry): void {
    this.#queue.push(entry);
  }

  /** Settles an entry that nobody waits for; it leaves the queue, or its answer is dropped when it comes. */
  drop(entry: Entry, reason: DropReason): void {
    if (!entry.settle({ kind: 'dropped', reason })) return;
    if (this.#queue.remove(entry)) this.#events.rowsDropped(entry.rows, reason);
    else if (entry.batch?.entries.every((one) => one.settled) === true) entry.batch.takeBack?.();
  }

  decide(idleWorkers: number): Decision {
    const head = this.#queue.head;
    if (head === undefined) return { kind: 'nothing' };
    const facts = { rows: this.#queue.rows, oldestAgeMs: this.#clock.now() - head.queuedAt };
    return decide(facts, idleWorkers, this.#settings);
  }

  /** Takes the rows that the policy has decided on out of the queue. */
  cut({ rows, reason }: Extract<Decision, { kind: 'cut' }>): Batch {
    const entries = this.#queue.take(rows, this.#settings.maxBatchBytes);
    const batch: Batch = { entries, rows: rowsOf(entries), reason, takeBack: undefined };
    for (const entry of entries) entry.batch = batch;
    return batch;
  }

  /** Settles every entry of a batch, or queues those again whose worker died before it began. */
  settle(batch: Batch, outcome: BatchOutcome): void {
    switch (outcome.kind) {
      case 'done':
        return this.#scatter(batch, outcome);
      case 'failure':
        return settleAll(batch, outcome);
      case 'cancelled':
        // Only a batch whose every entry was dropped is taken back.
        for (const { rows, dropped } of batch.entries) this.#events.rowsDropped(rows, dropped ?? 'abandoned');
        return;
      case 'died':
        return outcome.started ? settleAll(batch, DIED) : this.#requeue(batch);
    }
  }

  #scatter(batch: Batch, result: Extract<BatchResult, { kind: 'done' }>): void {
    const { decodeMs, inferMs, postMs } = result;
    const facts: BatchFacts = { rows: batch.rows, reason: batch.reason, decodeMs, inferMs, postMs };
    const now = this.#clock.now();
    batch.entries.forEach((entry, index) => {
      if (entry.settled) return this.#events.rowsWasted(entry.rows);
      const item = result.items[index]!;
      if (item.kind === 'failure') return entry.settle({ kind: 'failed', failure: item });
      // All that was not work on the batch was waiting: for a worker, and for the two threads to meet.
      const queueMs = Math.max(0, now - entry.queuedAt - decodeMs - inferMs - postMs);
      return entry.settle({ kind: 'done', result: item, batch: facts, queueMs });
    });
  }

  /** In front of the queue, in their old order; an entry that has had its second chance fails. */
  #requeue(batch: Batch): void {
    for (const entry of batch.entries.toReversed()) {
      if (entry.settled) {
        this.#events.rowsDropped(entry.rows, entry.dropped ?? 'abandoned');
      } else if (entry.requeued) {
        entry.settle({ kind: 'failed', failure: DIED });
      } else {
        entry.requeued = true;
        this.#queue.unshift(entry);
      }
    }
  }
}

/** What the pool needs of a batch. */
export function payloadOf(batch: Batch): BatchPayload {
  const images = [];
  const entries = [];
  for (const { payload } of batch.entries) {
    if (payload.kind === 'image') images.push(payload);
    else entries.push(payload);
  }
  return images.length > 0 ? { kind: 'images', images } : { kind: 'rows', entries };
}

function settleAll(batch: Batch, failure: Failure): void {
  for (const entry of batch.entries) entry.settle({ kind: 'failed', failure });
}

const rowsOf = (entries: readonly Entry[]): number => entries.reduce((sum, entry) => sum + entry.rows, 0);
