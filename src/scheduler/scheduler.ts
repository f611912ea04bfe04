/**
 * Sends batches to workers; there is one scheduler per process. It runs on every change (rows queued, a batch done, a
 * worker ready again). It sets a timer only while a model with a queue delay has rows queued that cannot leave yet, or
 * while a wide run blocks the other workers.
 */
import type { Batcher } from '../batcher/batcher.ts';
import type { Batch, Priority } from '../batcher/entry.ts';
import type { Cut } from '../batcher/batching-policy.ts';
import type { Clock } from '../clock.ts';
import type { Work } from '../cost/cost-model.ts';
import type { Failure } from '../errors.ts';
import type { BatchTimings, BatchTrace } from '../telemetry/trace/batch-trace.ts';
import { SLOTS_PER_WORKER } from '../thread/slab-layout.ts';
import type { BatchOutcome } from '../pool/held.ts';
import type { PoolWorker } from '../pool/worker.ts';
import { givesWay, type Payload } from '../thread/payload.ts';
import type { Forecast } from './forecast.ts';
import { Forecaster } from './forecaster.ts';
import {
  chooseWorker,
  longestAllowed,
  spareWorker,
  type WorkerChoice,
  type WorkerFacts,
} from './scheduling-policy.ts';
import { Roster, type Member, type Place } from './roster.ts';
import { RecentBatches, type BatchRecord } from './recent-batches.ts';
import type { Backlog } from './rest.ts';
import { chooseWidth } from './width.ts';

export interface SchedulerSettings {
  /** A batch is prefetched to a busy worker that is predicted to be done within this time. */
  readonly prefetchUnderMs: number;
}

/** Called for every batch. */
export interface SchedulerEvents {
  batchDispatched(batcher: Batcher, batch: Batch): void;
  /** `timings`: on its worker. */
  batchDone(batcher: Batcher, batch: Batch, timings: BatchTimings): void;
  /** The whole batch failed in the worker. */
  batchFailed(batcher: Batcher, failure: Failure): void;
  /** Called at dispatch when tracing is on. Returns undefined when no request of the batch is sampled. */
  traceBatch?(record: BatchRecord, batch: Batch): BatchTrace | undefined;
  /** Called whenever rows are left that no worker can take now. */
  backlogged?(): void;
}

export class Scheduler {
  readonly recent = new RecentBatches();
  readonly #workers: readonly PoolWorker[];
  readonly #settings: SchedulerSettings;
  readonly #clock: Clock;
  readonly #events: SchedulerEvents;
  readonly #roster = new Roster();
  readonly #forecaster: Forecaster;
  /** Runs of spare() that have not ended. */
  #spares = 0;
  #stopWaiting: (() => void) | undefined;

  constructor(
    workers: readonly PoolWorker[],
    settings: SchedulerSettings,
    clock: Clock,
    events: SchedulerEvents,
  ) {
    this.#workers = workers;
    this.#settings = settings;
    this.#clock = clock;
    this.#events = events;
    this.#forecaster = new Forecaster(workers, this.#roster);
  }

  /** Schedules the batcher from now on. `place`: equal to others where it is left out. */
  add(batcher: Batcher, place?: Place): void {
    this.#roster.add(batcher, place);
  }

  /** Removes a batcher that has no rows queued. Batches that are running may still settle. */
  remove(batcher: Batcher): void {
    this.#roster.remove(batcher);
  }

  /** Must be called before a request is queued: measures the share of arrivals that find the server busy. */
  arriving(batcher: Batcher): void {
    const { shares, waiting } = this.#roster;
    const backlogged = batcher.queuedRows > 0;
    const busy = waiting || this.#held > this.#spares;
    shares.arrived(this.#roster.memberOf(batcher).account, this.#clock.now(), { backlogged, busy });
  }

  /** Predicts start and finish of work for a model, if it were queued now. */
  forecast(batcher: Batcher, work: Work, priority: Priority = 'normal'): Forecast {
    return this.#forecaster.forecast(batcher, work, this.#clock.now(), priority);
  }

  /**
   * Runs work that no client waits for, at once or not at all: only while nothing is queued and a worker is to spare. It
   * takes no turn of its model, and does not count as an arrival. Undefined: it cannot run now.
   */
  spare(batcher: Batcher, payload: Payload): Promise<BatchOutcome> | undefined {
    if (this.#roster.waiting) return undefined;
    const now = this.#clock.now();
    const index = spareWorker(this.#workers.map((worker) => factsOf(worker, now)));
    if (index === undefined) return undefined;
    const { costs } = batcher;
    const { rows } = payload;
    const predictedMs = costs.batchMs(rows, costs.decodeMs(payload));
    const run = this.#workers[index]!.run(batcher.instance, 'narrow', [payload], predictedMs);
    this.#spares++;
    return run.outcome.then((outcome) => {
      this.#spares--;
      if (outcome.kind === 'done') costs.observe({ rows, width: 'narrow', payloads: [payload], ...outcome });
      this.wake();
      return outcome;
    });
  }

  /** Fails all that is queued or runs: the process ends without its results. */
  giveUp(): void {
    for (const member of this.#roster.members) member.giveUp();
  }

  /** Dispatches every batch that can leave now. */
  wake(): void {
    this.#stopWaiting?.();
    this.#stopWaiting = undefined;
    while (this.#roster.waiting && this.#sendOne());
    if (this.#roster.waiting) this.#events.backlogged?.();
  }

  /** Undefined unless rows wait and each worker has its next batch already. */
  get backlog(): Backlog | undefined {
    if (!this.#roster.waiting) return undefined;
    const now = this.#clock.now();
    let dryInMs = Infinity;
    for (const worker of this.#workers) {
      if (worker.state !== 'ready' || worker.holding < SLOTS_PER_WORKER) return undefined;
      dryInMs = Math.min(dryInMs, worker.remainingMs(now));
    }
    let queuedMs = 0;
    let sloMs = Infinity;
    for (const { batcher } of this.#roster.members) {
      if (batcher.queuedRows === 0) continue;
      queuedMs += batcher.queuedMs;
      sloMs = Math.min(sloMs, batcher.costs.sloMs);
    }
    return { dryInMs, waitMs: queuedMs / this.#workers.length, sloMs };
  }

  #sendOne(): boolean {
    const now = this.#clock.now();
    // A wide run that is stuck must not block the other workers: look again when its permit ends.
    let shortestWait = this.#widePermitMs(now);
    if (!this.#hasSlot) return this.#wakeIn(shortestWait); // The usual case under load.
    const workers = this.#workers.map((worker) => factsOf(worker, now));
    const choice = chooseWorker(workers, this.#settings.prefetchUnderMs);
    if (choice === undefined) return this.#wakeIn(shortestWait);
    for (const member of this.#roster.servingOrder) {
      const { batcher } = member;
      batcher.dropLate();
      if (member.freeCores <= 0) continue; // It runs on all cores that it may use.
      const decision = batcher.decide(Math.min(choice.idle, member.freeCores));
      if (decision.kind === 'wait') shortestWait = Math.min(shortestWait, decision.forMs);
      if (decision.kind !== 'cut') continue;
      const otherMs = this.#roster.shortestOther(member, now);
      const short = batcher.within(decision, longestAllowed(otherMs, workers, choice));
      if (short === undefined) {
        // It only waits for an idle worker. If batches of others were prefetched meanwhile, no worker would become idle.
        const allowedMs = longestAllowed(otherMs, workers, { ...choice, idle: Math.max(1, choice.idle) });
        if (batcher.within(decision, allowedMs) !== undefined) return this.#wakeIn(shortestWait);
        continue;
      }
      this.#dispatch(member, short, choice, otherMs);
      return true;
    }
    return this.#wakeIn(shortestWait);
  }

  #wakeIn(ms: number): false {
    if (ms < Infinity) this.#stopWaiting = this.#clock.after(ms, () => this.wake());
    return false;
  }

  #dispatch(member: Member, decision: Cut, choice: WorkerChoice, otherMs: number): void {
    const { shares } = this.#roster;
    const { batcher, account } = member;
    const { costs } = batcher;
    const worker = this.#workers[choice.worker]!;
    const batch = batcher.cut(decision);
    const narrowMs = costs.batchMs(batch.rows, batch.decodeMs);
    const wideMs =
      worker.hasWide &&
      member.cores >= this.#workers.length &&
      costs.canRunWide(batch.rows) &&
      !batch.entries.some(({ payload }) => givesWay(payload))
        ? costs.batchMs(batch.rows, batch.decodeMs, 'wide')
        : undefined;
    batch.width = chooseWidth({
      idle: this.#idle && !this.#roster.waiting && (wideMs ?? 0) <= otherMs,
      busyShare: shares.busyShare,
      narrowMs,
      wideMs,
    });
    const predictedMs = batch.width === 'wide' ? wideMs! : narrowMs;
    shares.served(account, predictedMs);
    const payloads = batch.entries.map(({ payload }) => payload);
    const dispatched = worker.run(batcher.instance, batch.width, payloads, predictedMs);
    batch.takeBack = () => void dispatched.takeBack();
    const now = this.#clock.now();
    const ended = member.began(batch, now + worker.remainingMs(now));
    this.#events.batchDispatched(batcher, batch);
    const record = this.#record(batcher, batch, worker.id, predictedMs);
    const trace = this.#events.traceBatch?.(record, batch);
    void dispatched.outcome.then((outcome) => {
      trace?.end(this.#clock.now(), outcome);
      ended();
      this.#settle(batcher, batch, record, outcome);
    });
  }

  #settle(batcher: Batcher, batch: Batch, record: BatchRecord, outcome: BatchOutcome): void {
    record.outcome = outcome.kind;
    if (outcome.kind === 'done') {
      const { decodeMs, decodeMsOf, inferMs, postMs } = outcome;
      const { rows, width, entries } = batch;
      record.decodeMs = decodeMs;
      record.inferMs = inferMs;
      const payloads = entries.map(({ payload }) => payload);
      batcher.costs.observe({ rows, width, payloads, decodeMsOf, inferMs, postMs });
      this.#events.batchDone(batcher, batch, { decodeMs, inferMs, postMs });
    }
    if (outcome.kind === 'failure') this.#events.batchFailed(batcher, outcome);
    batcher.settle(batch, outcome);
    this.wake();
  }

  #record({ labels, queuedRows }: Batcher, batch: Batch, worker: number, predictedMs: number): BatchRecord {
    const now = this.#clock.now();
    const record: BatchRecord = {
      at: now,
      ...labels,
      worker,
      rows: batch.rows,
      width: batch.width,
      reason: batch.reason,
      left: queuedRows,
      waitedMs: now - (batch.entries[0]?.queuedAt ?? now),
      predictedMs,
      outcome: undefined,
      decodeMs: undefined,
      inferMs: undefined,
    };
    this.recent.add(record);
    return record;
  }

  /** No worker holds a batch. */
  get #idle(): boolean {
    return this.#held === 0;
  }

  /** Batches that workers hold. */
  get #held(): number {
    let held = 0;
    for (const { holding } of this.#workers) held += holding;
    return held;
  }

  get #hasSlot(): boolean {
    for (const { holding } of this.#workers) if (holding < SLOTS_PER_WORKER) return true;
    return false;
  }

  /** Maximum milliseconds for which a wide run still blocks the other workers; Infinity when none runs. */
  #widePermitMs(now: number): number {
    let shortest = Infinity;
    for (const worker of this.#workers) shortest = Math.min(shortest, worker.widePermitMs(now) || Infinity);
    return shortest;
  }
}

function factsOf(worker: PoolWorker, now: number): WorkerFacts {
  return {
    holding: worker.state === 'ready' ? worker.holding : undefined,
    remainingMs: worker.remainingMs(now),
    longestMs: worker.longestMs,
    runsWide: worker.widePermitMs(now) > 0,
  };
}
