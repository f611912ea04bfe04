/**
 * The dynamic batcher of one model version: queues entries, cuts the queue into batches, and settles each entry with its
 * part of the batch's result. It has no timers and no workers: the scheduler asks for a batch when a worker can take one.
 */
import type { Clock } from '../clock.ts';
import type { CostModel } from '../cost/cost-model.ts';
import type { Failure } from '../errors.ts';
import type { BatchOutcome } from '../pool/held.ts';
import type { BatchResult } from '../thread/messages.ts';
import type { Batch, BatchSummary, DropReason, Entry, Priority } from './entry.ts';
import { givesWay, rowsOf } from '../thread/payload.ts';
import { decide, type Cut, type Decision } from './batching-policy.ts';
import { EntryQueue } from './queue.ts';

/** The labels of a model version in metrics and log lines. */
export interface ModelLabels {
  readonly model: string;
  readonly version: string;
}

export interface BatcherEvents {
  /**
   * Rows left the queue, or were taken back from a worker, without being run: no client is waiting, or the answer would
   * be late.
   */
  rowsDropped(
    labels: ModelLabels,
    rows: number,
    stage: 'queue' | 'prefetched',
    reason: DropReason | 'late',
  ): void;
  /** Rows were run although their client is no longer waiting. */
  rowsWasted(labels: ModelLabels, rows: number): void;
}

export interface BatcherSettings {
  readonly labels: ModelLabels;
  /** Number of the model version; the same in every worker. */
  readonly instance: number;
  /** How long a batch that is not full may wait for more rows; 0: not at all. */
  readonly maxQueueDelayMs: number;
  readonly maxQueueRows: number;
  /** Maximum bytes of a batch of several entries; a single entry may be larger. */
  readonly maxBatchBytes: number;
  /** Where batches run, for their answers to say; undefined: on the CPU, as everything else. */
  readonly device?: string;
}

const DIED: Failure = { code: 'WORKER_DIED', detail: 'The worker that ran the batch died.' };
const LATE: Failure = {
  code: 'OVERLOADED',
  detail: 'The server fell behind: the answer would have been too late for its latency objective.',
};
const ENDS: Failure = {
  code: 'DRAINING',
  detail: 'The server ends, and could not finish the request before.',
};
const MISSED: Failure = {
  code: 'DEADLINE_EXCEEDED',
  detail: 'The deadline of the request could no longer be met.',
};

export class Batcher {
  readonly labels: ModelLabels;
  readonly instance: number;
  /** Predicts how long batches of this model version take. */
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

  /** Predicted worker milliseconds of all queued entries. */
  get queuedMs(): number {
    return this.#queue.workMs;
  }

  /** Predicted worker milliseconds of the queued entries that leave before one of the priority that is queued now. */
  queuedMsUntil(priority: Priority): number {
    return this.#queue.workMsUntil(priority);
  }

  /** When the oldest queued entry was queued, in clock milliseconds; undefined when the queue is empty. */
  get oldestQueuedAt(): number | undefined {
    return this.#queue.oldestQueuedAt;
  }

  hasRoomFor(rows: number): boolean {
    return this.#queue.hasRoomFor(rows);
  }

  /** Queues an entry. The caller has checked that there is room, and wakes the scheduler afterwards. */
  enqueue(entry: Entry): void {
    entry.decodeMs = this.costs.decodeMs(entry.payload);
    entry.workMs = this.costs.shareMs(entry);
    this.#queue.push(entry);
  }

  /** Settles an entry whose client is no longer waiting: it leaves the queue, or its result is discarded. */
  drop(entry: Entry, reason: DropReason): void {
    if (!entry.settle({ kind: 'dropped', reason })) return;
    if (this.#queue.remove(entry)) this.#events.rowsDropped(this.labels, entry.rows, 'queue', reason);
    else if (entry.batch?.entries.every((one) => one.settled) === true) entry.batch.takeBack?.();
  }

  /**
   * Fails entries at the head of each priority that would miss their due time even if started now. An entry that misses only
   * the SLO is still run when no entry is queued behind it.
   */
  dropLate(): void {
    for (let late = this.#late(); late !== undefined; late = this.#late()) {
      this.#queue.remove(late);
      this.#events.rowsDropped(this.labels, late.rows, 'queue', 'late');
      late.settle({ kind: 'failed', failure: late.due.strict ? MISSED : LATE });
    }
  }

  #late(): Entry | undefined {
    const now = this.#clock.now();
    for (let head = this.#queue.head; head !== undefined; head = this.#queue.headBelow(head)) {
      const { strict, at } = head.due;
      const onTime = now + this.costs.batchMs(head.rows, head.decodeMs) <= at;
      if (!onTime && (strict || head.next !== undefined)) return head;
    }
    return undefined;
  }

  decide(idleWorkers: number): Decision {
    const head = this.#queue.head;
    if (head === undefined) return { kind: 'nothing' };
    // Nothing is sent ahead that others should not have to wait for.
    if (idleWorkers === 0 && givesWay(head.payload)) return { kind: 'nothing' };
    const oldestAgeMs = this.#clock.now() - (this.#queue.oldestQueuedAt ?? head.queuedAt);
    const facts = { rows: this.#queue.rows, oldestAgeMs };
    const cap = this.costs.capFor(facts.rows);
    return decide(facts, idleWorkers, { cap, maxQueueDelayMs: this.#settings.maxQueueDelayMs });
  }

  /** Predicted milliseconds of the batch that cut() would take, on a narrow session. */
  msOf({ rows }: Cut): number {
    const share = Math.min(1, rows / this.#queue.rows);
    return Math.min(
      this.#queue.workMs * share,
      Math.max(this.costs.maxBatchMs, this.#queue.head?.workMs ?? 0),
    );
  }

  /**
   * The decision, with its rows reduced until the batch is predicted to take at most `ms`; undefined when the first entry
   * alone takes longer.
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
   * Takes the batch that the policy decided on out of the queue. It may have fewer rows than decided: when several workers
   * share the queue, each gets the same predicted work, not the same number of rows.
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

  /** Settles every entry of a batch; if the worker died before it started the batch, its entries are queued again. */
  settle(batch: Batch, outcome: BatchOutcome): void {
    switch (outcome.kind) {
      case 'done':
        return this.#scatter(batch, outcome);
      case 'failure':
        return settleAll(batch, outcome);
      case 'cancelled':
        // A batch is taken back only when all its entries have been dropped.
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
    const { device } = this.#settings;
    const facts: BatchSummary = {
      rows,
      reason,
      width,
      ...(device !== undefined && { device }),
      decodeMs,
      inferMs,
      postMs,
    };
    const now = this.#clock.now();
    batch.entries.forEach((entry, index) => {
      if (entry.settled) return this.#events.rowsWasted(this.labels, entry.rows);
      const item = result.items[index]!;
      if (item.kind === 'failure') return entry.settle({ kind: 'failed', failure: item });
      // All time that was not work on the batch is queue time, including the messages between the two threads.
      const queueMs = Math.max(0, now - entry.queuedAt - decodeMs - inferMs - postMs);
      return entry.settle({ kind: 'done', result: item, batch: facts, queueMs });
    });
  }

  /** Fails what is queued and what runs in these batches: the process ends without their results. */
  giveUp(running: Iterable<Batch>): void {
    for (let head = this.#queue.head; head !== undefined; head = this.#queue.head) {
      this.#queue.remove(head);
      head.settle({ kind: 'failed', failure: ENDS });
    }
    for (const batch of running) settleAll(batch, ENDS);
  }

  /** Puts entries back at the head of the queue, in order. An entry that was requeued before fails. */
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

function settleAll(batch: Batch, failure: Failure): void {
  for (const entry of batch.entries) entry.settle({ kind: 'failed', failure });
}
