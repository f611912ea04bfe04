/**
 * One for the process: brings batchers that have rows together with workers that have room. It runs when
 * something has changed (rows queued, a batch done, a worker back), and holds a timer only while a model that
 * asks for a queue delay has rows waiting and nothing else to do.
 */
import type { Batcher } from '../batcher/batcher.ts';
import type { Batch } from '../batcher/entry.ts';
import type { Decision } from '../batcher/policy.ts';
import type { Clock } from '../clock.ts';
import type { CostModel, RanBatch } from '../cost/cost-model.ts';
import type { Failure } from '../errors.ts';
import type { BatchPayload } from '../pool/slab.ts';
import type { BatchOutcome, PoolWorker } from '../pool/worker.ts';
import { FairShare } from './fair-share.ts';
import { freeIn, servedBefore, type Forecast } from './forecast.ts';
import {
  chooseWorker,
  isLong,
  longestAllowed,
  servingOrder,
  type WorkerChoice,
  type WorkerFacts,
} from './policy.ts';
import { Trail, type Footprint } from './trail.ts';
import { chooseWidth } from './width.ts';

/** A model version that can be scheduled. */
export interface Schedulable {
  readonly name: string;
  readonly version: string;
  /** Its number in every worker. */
  readonly instance: number;
  readonly batcher: Batcher;
  readonly costs: CostModel;
  payloadOf(batch: Batch): BatchPayload;
  batchDispatched(batch: Batch): void;
  batchDone(batch: Batch, ms: number): void;
  /** The whole of it, by a fault of the worker's. */
  batchFailed(failure: Failure): void;
}

export interface SchedulerSettings {
  readonly prefetchUnderMs: number;
}

/** Work that may be queued: what one more request would bring. */
export interface Work {
  readonly rows: number;
  /** Predicted milliseconds of decoding all its images. */
  readonly decodeMs: number;
}

type Cut = Extract<Decision, { kind: 'cut' }>;

export class Scheduler {
  readonly trail = new Trail();
  readonly #workers: readonly PoolWorker[];
  readonly #settings: SchedulerSettings;
  readonly #clock: Clock;
  readonly #shares = new FairShare();
  /** A model's place is its number in the shares. */
  #models: readonly Schedulable[] = [];
  #stopWaiting: (() => void) | undefined;

  constructor(workers: readonly PoolWorker[], settings: SchedulerSettings, clock: Clock) {
    this.#workers = workers;
    this.#settings = settings;
    this.#clock = clock;
  }

  add(model: Schedulable): void {
    this.#shares.open();
    this.#models = [...this.#models, model];
  }

  /** Tells that a request is about to be queued: whom it finds here says how busy the server is. */
  arriving(batcher: Batcher): void {
    const index = this.#models.findIndex((model) => model.batcher === batcher);
    const backlogged = batcher.queuedRows > 0;
    this.#shares.arrived(index, this.#clock.now(), { backlogged, busy: !this.#idle || this.#waiting });
  }

  /** When work for a model would start and be finished, if it were queued now. */
  forecast(batcher: Batcher, { rows, decodeMs }: Work): Forecast {
    const place = this.#models.findIndex((model) => model.batcher === batcher);
    const { costs } = this.#models[place]!;
    const now = this.#clock.now();
    let remaining = this.#remainingMs(now);
    if (remaining.length > 1 && isLong(costs.batchMs(1, decodeMs / rows), this.#shortestOther(place, now))) {
      // The worker that is left for the other model is no help.
      remaining = remaining.sort((a, b) => a - b).slice(1);
    }
    // A request of many rows is several batches: its last one has the others ahead of it.
    const whole = costs.batchMs(rows, decodeMs);
    const lastRows = Math.min(rows, costs.cap);
    const lastMs = (whole * lastRows) / rows;
    let aheadMs = batcher.queuedMs;
    const share = this.#shares.shareOf(place, batcher.queuedRows > 0) + batcher.queuedMs;
    for (const [index, other] of this.#models.entries()) {
      if (index === place) continue;
      const { cap, typicalDecodeMs } = other.costs;
      const otherMs = other.costs.batchMs(cap, cap * typicalDecodeMs);
      aheadMs += servedBefore(share - this.#shares.servedMs(index), other.batcher.queuedMs, otherMs);
    }
    const startsInMs = freeIn(remaining, aheadMs);
    const lastStartsInMs = rows === lastRows ? startsInMs : freeIn(remaining, aheadMs + whole - lastMs);
    return { startsInMs, finishesInMs: lastStartsInMs + lastMs };
  }

  /** Sends out every batch that can leave now. */
  wake(): void {
    this.#stopWaiting?.();
    this.#stopWaiting = undefined;
    while (this.#waiting && this.#sendOne());
  }

  #sendOne(): boolean {
    const now = this.#clock.now();
    const workers = this.#workers.map((worker) => factsOf(worker, now));
    const choice = chooseWorker(workers, this.#settings.prefetchUnderMs);
    // When the cores are taken by a wide batch that never ends, this is what looks again.
    let shortestWait = Math.min(...this.#workers.map((one) => one.widePermitMs(now) || Infinity));
    if (choice === undefined) return this.#wakeIn(shortestWait);
    for (const index of servingOrder(this.#models.map((model, place) => this.#factsOf(model, place)))) {
      const model = this.#models[index]!;
      model.batcher.dropLate();
      const decision = model.batcher.decide(choice.idle);
      if (decision.kind === 'wait') shortestWait = Math.min(shortestWait, decision.forMs);
      if (decision.kind !== 'cut') continue;
      const otherMs = this.#shortestOther(index, now);
      const short = model.batcher.within(decision, longestAllowed(otherMs, workers, choice));
      if (short === undefined) {
        // It only lacks an idle worker. Were others' batches sent ahead meanwhile, none would ever be idle.
        const allowedMs = longestAllowed(otherMs, workers, { ...choice, idle: Math.max(1, choice.idle) });
        if (model.batcher.within(decision, allowedMs) !== undefined) return this.#wakeIn(shortestWait);
        continue;
      }
      this.#dispatch(index, short, choice, otherMs);
      return true;
    }
    return this.#wakeIn(shortestWait);
  }

  #wakeIn(ms: number): false {
    if (ms < Infinity) this.#stopWaiting = this.#clock.after(ms, () => this.wake());
    return false;
  }

  #dispatch(index: number, decision: Cut, choice: WorkerChoice, otherMs: number): void {
    const model = this.#models[index]!;
    const { batcher, costs } = model;
    const worker = this.#workers[choice.worker]!;
    const batch = batcher.cut(decision);
    const narrowMs = costs.batchMs(batch.rows, batch.decodeMs);
    const wideMs =
      worker.hasWide && costs.canRunWide(batch.rows)
        ? costs.batchMs(batch.rows, batch.decodeMs, 'wide')
        : undefined;
    batch.width = chooseWidth({
      idle: this.#idle && !this.#waiting && (wideMs ?? 0) <= otherMs,
      busyShare: this.#shares.busyShare,
      narrowMs,
      wideMs,
    });
    const predictedMs = batch.width === 'wide' ? wideMs! : narrowMs;
    this.#shares.served(index, predictedMs);
    const { instance } = model;
    const dispatched = worker.run(instance, batch.width, model.payloadOf(batch), predictedMs);
    batch.takeBack = () => void dispatched.takeBack();
    model.batchDispatched(batch);
    const footprint = this.#footprint(model, batch, worker.id, predictedMs);
    void dispatched.outcome.then((outcome) => this.#settle(model, batch, footprint, outcome));
  }

  #settle(model: Schedulable, batch: Batch, footprint: Footprint, outcome: BatchOutcome): void {
    footprint.outcome = outcome.kind;
    if (outcome.kind === 'done') {
      footprint.decodeMs = outcome.decodeMs;
      footprint.inferMs = outcome.inferMs;
      model.costs.observe(ranBatch(batch, outcome));
      model.batchDone(batch, outcome.decodeMs + outcome.inferMs + outcome.postMs);
    }
    if (outcome.kind === 'failure') model.batchFailed(outcome);
    model.batcher.settle(batch, outcome);
    this.wake();
  }

  #footprint({ name, version, batcher }: Schedulable, batch: Batch, worker: number, ms: number): Footprint {
    const now = this.#clock.now();
    const footprint: Footprint = {
      at: now,
      model: name,
      version,
      worker,
      rows: batch.rows,
      width: batch.width,
      reason: batch.reason,
      left: batcher.queuedRows,
      waitedMs: now - (batch.entries[0]?.queuedAt ?? now),
      predictedMs: ms,
      outcome: undefined,
      decodeMs: undefined,
      inferMs: undefined,
    };
    this.trail.add(footprint);
    return footprint;
  }

  /** Nothing runs. */
  get #idle(): boolean {
    return this.#workers.every(({ holding }) => holding === 0);
  }

  /** Some model has rows queued. */
  get #waiting(): boolean {
    return this.#models.some(({ batcher }) => batcher.queuedRows > 0);
  }

  /** Of every worker that takes batches; all of them wait for a wide run. */
  #remainingMs(now: number): number[] {
    const ready = this.#workers.filter(({ state }) => state === 'ready');
    const wideMs = Math.max(
      0,
      ...ready.map((worker) => (worker.widePermitMs(now) > 0 ? worker.remainingMs(now) : 0)),
    );
    return ready.map((worker) => Math.max(wideMs, worker.remainingMs(now)));
  }

  /**
   * What a request of the quickest other model takes that has had one lately. Those that wait are served in turn and
   * not kept room for: two models under load would else keep a worker idle for each other.
   */
  #shortestOther(index: number, now: number): number {
    let shortest = Infinity;
    for (const [other, { costs, batcher }] of this.#models.entries()) {
      if (other === index || batcher.queuedRows > 0 || !this.#shares.isActive(other, now)) continue;
      shortest = Math.min(shortest, costs.batchMs(1, costs.typicalDecodeMs));
    }
    return shortest;
  }

  #factsOf(
    { batcher }: Schedulable,
    index: number,
  ): { servedMs: number; oldestQueuedAt: number | undefined } {
    return { servedMs: this.#shares.servedMs(index), oldestQueuedAt: batcher.oldestQueuedAt };
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

type Done = Extract<BatchOutcome, { kind: 'done' }>;

function ranBatch({ rows, width, entries }: Batch, { decodeMsOf, inferMs, postMs }: Done): RanBatch {
  const images = entries.flatMap(({ payload }) => (payload.kind === 'image' ? [payload] : []));
  return { rows, width, images, decodeMsOf, inferMs, postMs };
}
