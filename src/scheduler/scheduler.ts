/**
 * One for the process: brings batchers that have rows together with workers that have room. It runs when
 * something has changed (rows queued, a batch done, a worker back), and holds a timer only while a model that
 * asks for a queue delay has rows waiting and nothing else to do.
 */
import type { Batcher } from '../batcher/batcher.ts';
import type { Batch } from '../batcher/entry.ts';
import type { Decision } from '../batcher/policy.ts';
import type { Clock } from '../clock.ts';
import type { ImageCost, RanBatch } from '../cost/cost-model.ts';
import { SLOTS_PER_WORKER } from '../thread/messages.ts';
import type { BatchOutcome, PoolWorker } from '../pool/worker.ts';
import type { Forecast } from './forecast.ts';
import { Forecaster, type Work } from './forecaster.ts';
import { chooseWorker, longestAllowed, type WorkerChoice, type WorkerFacts } from './policy.ts';
import { Roster, type Schedulable } from './roster.ts';
import { Trail, type Footprint } from './trail.ts';
import { chooseWidth } from './width.ts';

export interface SchedulerSettings {
  readonly prefetchUnderMs: number;
}

type Cut = Extract<Decision, { kind: 'cut' }>;

export class Scheduler {
  readonly trail = new Trail();
  readonly #workers: readonly PoolWorker[];
  readonly #settings: SchedulerSettings;
  readonly #clock: Clock;
  readonly #roster = new Roster();
  readonly #forecaster: Forecaster;
  #stopWaiting: (() => void) | undefined;

  constructor(workers: readonly PoolWorker[], settings: SchedulerSettings, clock: Clock) {
    this.#workers = workers;
    this.#settings = settings;
    this.#clock = clock;
    this.#forecaster = new Forecaster(workers, this.#roster);
  }

  add(model: Schedulable): void {
    this.#roster.add(model);
  }

  /** Tells that a request is about to be queued: whom it finds here says how busy the server is. */
  arriving(batcher: Batcher): void {
    const { shares, waiting } = this.#roster;
    const backlogged = batcher.queuedRows > 0;
    const busy = waiting || !this.#idle;
    shares.arrived(this.#roster.placeOf(batcher), this.#clock.now(), { backlogged, busy });
  }

  /** When work for a model would start and be finished, if it were queued now. */
  forecast(batcher: Batcher, work: Work): Forecast {
    return this.#forecaster.forecast(batcher, work, this.#clock.now());
  }

  /** Sends out every batch that can leave now. */
  wake(): void {
    this.#stopWaiting?.();
    this.#stopWaiting = undefined;
    while (this.#roster.waiting && this.#sendOne());
  }

  #sendOne(): boolean {
    const now = this.#clock.now();
    // When the cores are taken by a wide batch that never ends, this is what looks again.
    let shortestWait = this.#widePermitMs(now);
    if (!this.#hasSlot) return this.#wakeIn(shortestWait); // The usual case under load.
    const workers = this.#workers.map((worker) => factsOf(worker, now));
    const choice = chooseWorker(workers, this.#settings.prefetchUnderMs);
    if (choice === undefined) return this.#wakeIn(shortestWait);
    for (const place of this.#roster.servingOrder) {
      const { batcher } = this.#roster.models[place]!;
      batcher.dropLate();
      const decision = batcher.decide(choice.idle);
      if (decision.kind === 'wait') shortestWait = Math.min(shortestWait, decision.forMs);
      if (decision.kind !== 'cut') continue;
      const otherMs = this.#roster.shortestOther(place, now);
      const short = batcher.within(decision, longestAllowed(otherMs, workers, choice));
      if (short === undefined) {
        // It only lacks an idle worker. Were others' batches sent ahead meanwhile, none would ever be idle.
        const allowedMs = longestAllowed(otherMs, workers, { ...choice, idle: Math.max(1, choice.idle) });
        if (batcher.within(decision, allowedMs) !== undefined) return this.#wakeIn(shortestWait);
        continue;
      }
      this.#dispatch(place, short, choice, otherMs);
      return true;
    }
    return this.#wakeIn(shortestWait);
  }

  #wakeIn(ms: number): false {
    if (ms < Infinity) this.#stopWaiting = this.#clock.after(ms, () => this.wake());
    return false;
  }

  #dispatch(place: number, decision: Cut, choice: WorkerChoice, otherMs: number): void {
    const { models, shares } = this.#roster;
    const model = models[place]!;
    const { batcher, costs } = model;
    const worker = this.#workers[choice.worker]!;
    const batch = batcher.cut(decision);
    const narrowMs = costs.batchMs(batch.rows, batch.decodeMs);
    const wideMs =
      worker.hasWide && costs.canRunWide(batch.rows)
        ? costs.batchMs(batch.rows, batch.decodeMs, 'wide')
        : undefined;
    batch.width = chooseWidth({
      idle: this.#idle && !this.#roster.waiting && (wideMs ?? 0) <= otherMs,
      busyShare: shares.busyShare,
      narrowMs,
      wideMs,
    });
    const predictedMs = batch.width === 'wide' ? wideMs! : narrowMs;
    shares.served(place, predictedMs);
    const { instance } = model;
    const dispatched = worker.run(instance, batch.width, model.payloadOf(batch), predictedMs);
    batch.takeBack = () => void dispatched.takeBack();
    model.batchDispatched(batch);
    const footprint = this.#footprint(model, batch, worker.id, predictedMs);
    const trace = model.traceBatch?.(batch, footprint);
    void dispatched.outcome.then((outcome) => {
      trace?.end(this.#clock.now(), outcome);
      this.#settle(model, batch, footprint, outcome);
    });
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
    for (const { holding } of this.#workers) if (holding > 0) return false;
    return true;
  }

  get #hasSlot(): boolean {
    for (const { holding } of this.#workers) if (holding < SLOTS_PER_WORKER) return true;
    return false;
  }

  /** For how long the cores are taken by a wide batch at most; Infinity when none runs. */
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

type Done = Extract<BatchOutcome, { kind: 'done' }>;

function ranBatch({ rows, width, entries }: Batch, { decodeMsOf, inferMs, postMs }: Done): RanBatch {
  const images: ImageCost[] = [];
  for (const { payload } of entries) if (payload.kind === 'image') images.push(payload);
  return { rows, width, images, decodeMsOf, inferMs, postMs };
}
