/**
 * One for the process: brings batchers that have rows together with workers that have room. It runs when
 * something has changed (rows queued, a batch done, a worker back), and holds a timer only while a model that
 * asks for a queue delay has rows waiting and nothing else to do.
 */
import type { Batcher } from '../batcher/batcher.ts';
import type { Batch } from '../batcher/entry.ts';
import type { BatchPayload } from '../pool/slab.ts';
import type { PoolWorker } from '../pool/worker.ts';
import type { Clock } from '../clock.ts';
import type { Failure } from '../errors.ts';
import { SLOTS_PER_WORKER } from '../messages.ts';
import type { Durations } from './durations.ts';
import { chooseWorker, servingOrder, type WorkerFacts } from './policy.ts';

/** A model version that can be scheduled. */
export interface Schedulable {
  /** Its number in every worker. */
  readonly instance: number;
  readonly batcher: Batcher;
  readonly durations: Durations;
  payloadOf(batch: Batch): BatchPayload;
  batchDispatched(batch: Batch): void;
  batchDone(batch: Batch, ms: number): void;
  /** The whole of it, by a fault of the worker's. */
  batchFailed(failure: Failure): void;
}

export interface SchedulerSettings {
  readonly prefetchUnderMs: number;
}

export class Scheduler {
  readonly #workers: readonly PoolWorker[];
  readonly #settings: SchedulerSettings;
  readonly #clock: Clock;
  #models: readonly Schedulable[] = [];
  #stopWaiting: (() => void) | undefined;

  constructor(workers: readonly PoolWorker[], settings: SchedulerSettings, clock: Clock) {
    this.#workers = workers;
    this.#settings = settings;
    this.#clock = clock;
  }

  add(model: Schedulable): void {
    this.#models = [...this.#models, model];
  }

  /** Sends out every batch that can leave now. */
  wake(): void {
    this.#stopWaiting?.();
    this.#stopWaiting = undefined;
    while (this.#models.some(({ batcher }) => batcher.queuedRows > 0) && this.#sendOne());
  }

  #sendOne(): boolean {
    const now = this.#clock.now();
    const choice = chooseWorker(
      this.#workers.map((worker) => factsOf(worker, now)),
      this.#settings.prefetchUnderMs,
    );
    if (choice === undefined) return false;
    let shortestWait = Infinity;
    for (const index of servingOrder(this.#models.map((model) => model.batcher.oldestQueuedAt))) {
      const model = this.#models[index]!;
      const decision = model.batcher.decide(choice.idle);
      if (decision.kind === 'cut') {
        this.#dispatch(model, model.batcher.cut(decision), this.#workers[choice.worker]!);
        return true;
      }
      if (decision.kind === 'wait') shortestWait = Math.min(shortestWait, decision.forMs);
    }
    if (shortestWait < Infinity) this.#stopWaiting = this.#clock.after(shortestWait, () => this.wake());
    return false;
  }

  #dispatch(model: Schedulable, batch: Batch, worker: PoolWorker): void {
    const predictedMs = model.durations.predictMs(batch.rows);
    const dispatched = worker.run(model.instance, model.payloadOf(batch), predictedMs);
    batch.takeBack = () => void dispatched.takeBack();
    model.batchDispatched(batch);
    void dispatched.outcome.then((outcome) => {
      if (outcome.kind === 'done') {
        const ms = outcome.decodeMs + outcome.inferMs + outcome.postMs;
        model.durations.observe(batch.rows, ms);
        model.batchDone(batch, ms);
      }
      if (outcome.kind === 'failure') model.batchFailed(outcome);
      model.batcher.settle(batch, outcome);
      this.wake();
    });
  }
}

function factsOf(worker: PoolWorker, now: number): WorkerFacts {
  const takesBatches = worker.state === 'ready' && worker.holding < SLOTS_PER_WORKER;
  return {
    holding: takesBatches ? worker.holding : undefined,
    remainingMs: worker.remainingMs(now),
  };
}
