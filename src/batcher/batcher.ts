/**
 * The dynamic batcher of one model version: a queue, the policy that cuts it into batches, and the settling of
 * every entry of a batch with its own part of the result. It holds no timer and knows no worker: the scheduler
 * asks it for a batch when there is a worker for one. It is what is scheduled, so it knows whose it is.
 */
import type { Clock } from '../clock.ts';
import type { CostModel } from '../cost/cost-model.ts';
import type { Failure } from '../errors.ts';
import type { BatchOutcome } from '../pool/worker.ts';
import type { BatchResult } from '../thread/messages.ts';
import type { Batch, BatchSummary, DropReason, Entry } from './entry.ts';
import { rowsOf } from '../thread/payload.ts';
import { decide, type Decision } from './batching-policy.ts';
import { EntryQueue } from './queue.ts';

/** A model version by name, as metrics and log name it. */
export interface ModelLabels {
  readonly model: string;
  readonly version: string;
}

export interface BatcherEvents {
  /** Rows left the queue, or came back from a worker, and are not run: nobody waits, or it would be too late. */
  rowsDropped(
    labels: ModelLabels,
    rows: number,
    stage: 'queue' | 'prefetched',
    reason: DropReason | 'late',
  ): void;
  /** Rows were run although nobody waits for their answer any more. */
  rowsWasted(labels: ModelLabels, rows: number): void;
}

export interface BatcherSettings {
  readonly labels: ModelLabels;
  /** Number of the model version in every worker. */
  readonly instance: number;
  /** How long a batch that is not full may wait for more rows; 0 for never. */
  readonly maxQueueDelayMs: number;
  readonly maxQueueRows: number;
  /** Bytes that a batch may have, unless it is a single entry. */
  readonly maxBatchBytes: number;
}

const DIED: Failure = { code: 'WORKER_DIED', detail: 'The worker that ran the batch died.' };
const LATE: Failure = {
  code: 'OVERLOADED',
  detail: 'The server fell behind: the answer would have come too late to keep its latency objective.',
};
const MISSED: Failure = {
  code: 'DEADLINE_EXCEEDED',
  detail: 'The deadline of the request could no longer be met.',
};

export class Batcher {
  readonly labels: ModelLabels;
  readonly instance: number;
  /** What batches of this model version cost. */
  readonly costs: CostModel;
  readonly #queue: EntryQueue;
  readonly #settings: BatcherSettings;
  readonly #clock: Clock;
  readonly #events: BatcherEvents;

  constructor(settings: BatcherSettings, costs: CostModel, clock: Clock, events: BatcherEvents) {
    this.labels = settings.labels;
    this.instance = settings.instance;
    this.costs = costs;
    this.#settings = settings;
    this.#queue = new EntryQueue(settings.maxQueueRows);
    this.#clock = clock;
    this.#events = events;
  }

  get queuedRows(): number {
    return this.#queue.rows;
  }

  /** Predicted milliseconds of work that waits. */
  get queuedMs(): number {
    return this.#queue.workMs;
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
    entry.decodeMs = this.costs.decodeMs(entry.payload);
    entry.workMs = this.costs.shareMs(entry);
    this.#queue.push(entry);
  }

  /** Settles an entry that nobody waits for; it leaves the queue, or its answer is dropped when it comes. */
  drop(entry: Entry, reason: DropReason): void {
    if (!entry.settle({ kind: 'dropped', reason })) return;
    if (this.#queue.remove(entry)) this.#events.rowsDropped(this.labels, entry.rows, 'queue', reason);
    else if (entry.batch?.entries.every((one) => one.settled) === true) entry.batch.takeBack?.();
  }

  /**
   * Fails entries at the head that could not be done in time if they were begun now: they would cost a worker and
   * help nobody. What is late by the SLO alone is still served when nothing waits behind it.
   */
  dropLate(): void {
    for (let head = this.#queue.head; head !== undefined; head = this.#queue.head) {
      const { strict, at } = head.due;
      const onTime = this.#clock.now() + this.costs.batchMs(head.rows, head.decodeMs) <= at;
      if (onTime || (!strict && head.next === undefined)) return;
      this.#queue.remove(head);
      this.#events.rowsDropped(this.labels, head.rows, 'queue', 'late');
      head.settle({ kind: 'failed', failure: strict ? MISSED : LATE });
    }
  }

  decide(idleWorkers: number): Decision {
    const head = this.#queue.head;
    if (head === undefined) return { kind: 'nothing' };
    const facts = { rows: this.#queue.rows, oldestAgeMs: this.#clock.now() - head.queuedAt };
    const { cap } = this.costs;
    return decide(facts, idleWorkers, { cap, maxQueueDelayMs: this.#settings.maxQueueDelayMs });
  }

  /** Predicted milliseconds of the batch that would be cut, on one thread. */
  msOf({ rows }: Cut): number {
    const share = Math.min(1, rows / this.#queue.rows);
    return Math.min(
      this.#queue.workMs * share,
      Math.max(this.costs.maxBatchMs, this.#queue.head?.workMs ?? 0),
    );
  }

  /**
   * The batch that was decided on, or as much of it as is predicted to take no longer than `ms`; undefined when its first
   * entry alone takes longer.
   */
  within(decision: Cut, ms: number): Cut | undefined {
    if (this.msOf(decision) <= ms) return decision;
    const { rows: least, decodeMs } = this.#queue.head!;
    for (let rows = decision.rows; rows > least; rows = Math.floor(rows / 2)) {
      if (this.costs.batchMs(rows, (decodeMs * rows) / least) <= ms) return { ...decision, rows };
    }
    return this.costs.batchMs(least, decodeMs) <= ms ? { ...decision, rows: least } : undefined;
  }

  /**
   * Takes the rows that the policy has decided on out of the queue: that many, or fewer of those that cost more than
   * others. Workers that share out a queue get as much work, not as many rows.
   */
  cut({ rows, reason, shares }: Cut): Batch {
    const entries = this.#queue.take({
      maxRows: rows,
      maxBytes: this.#settings.maxBatchBytes,
      maxMs: this.costs.maxBatchMs,
      enoughMs: shares > 1 ? this.#queue.workMs / shares : Infinity,
    });
    const decodeMs = entries.reduce((sum, entry) => sum + entry.decodeMs, 0);
    const batch: Batch = {
      entries,
      rows: rowsOf(entries),
      reason,
      decodeMs,
      width: 'narrow',
      takeBack: undefined,
    };
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
        for (const { rows, dropped } of batch.entries)
          this.#events.rowsDropped(this.labels, rows, 'prefetched', dropped ?? 'abandoned');
        return;
      case 'died':
        return outcome.started ? settleAll(batch, DIED) : this.#requeue(batch);
    }
  }

  #scatter(batch: Batch, result: Extract<BatchResult, { kind: 'done' }>): void {
    const { decodeMs, inferMs, postMs } = result;
    const { rows, reason, width } = batch;
    const facts: BatchSummary = { rows, reason, width, decodeMs, inferMs, postMs };
    const now = this.#clock.now();
    batch.entries.forEach((entry, index) => {
      if (entry.settled) return this.#events.rowsWasted(this.labels, entry.rows);
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
        this.#events.rowsDropped(this.labels, entry.rows, 'prefetched', entry.dropped ?? 'abandoned');
      } else if (entry.requeued) {
        entry.settle({ kind: 'failed', failure: DIED });
      } else {
        entry.requeued = true;
        this.#queue.unshift(entry);
      }
    }
  }
}

type Cut = Extract<Decision, { kind: 'cut' }>;

function settleAll(batch: Batch, failure: Failure): void {
  for (const entry of batch.entries) entry.settle({ kind: 'failed', failure });
}
