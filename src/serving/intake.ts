/**
 * Where work enters: what its answer would take, its due time, its place in a queue, and afterwards how far off the
 * forecast was. The engine and the simulator in bench/ take work in by the same code. It refuses nothing: that is admission's.
 */
import { allowance } from '../admission/promise.ts';
import { shareMs, type Batcher } from '../batcher/batcher.ts';
import type { Due, EntryOutcome, Payload } from '../batcher/entry.ts';
import { Submission } from '../batcher/submission.ts';
import type { Clock } from '../clock.ts';
import type { CostModel } from '../cost/cost-model.ts';
import type { ForecastError } from '../cost/forecast-error.ts';
import type { Forecast } from '../scheduler/forecast.ts';
import type { Work } from '../scheduler/forecaster.ts';
import type { Scheduler } from '../scheduler/scheduler.ts';
import type { RequestTrace } from '../telemetry/trace/request-trace.ts';

/** Forecasts below this share of the objective are never in doubt, and a hiccup is many times as long as they. */
const TELLING = 0.25;

/** Posting a batch to a worker and its answer back take some 0.05 ms of the thread that serves everyone. */
const SHORT_MS = 0.5;

/** A model version that takes work. */
export interface Taking {
  readonly batcher: Batcher;
  readonly costs: CostModel;
  readonly error: ForecastError;
  readonly sloMs: number;
}

export class Intake {
  readonly #scheduler: Scheduler;
  readonly #clock: Clock;
  readonly #soon: (task: () => void) => void;
  #waking = false;

  /** `soon` runs a task when all work that is there at this moment has been taken in. */
  constructor(scheduler: Scheduler, clock: Clock, soon: (task: () => void) => void) {
    this.#scheduler = scheduler;
    this.#clock = clock;
    this.#soon = soon;
  }

  /** When the work (or one request of the usual kind) would start and be done. */
  forecast({ batcher, costs, error }: Taking, payloads?: readonly Payload[]): Forecast & { error: number } {
    const { startsInMs, finishesInMs } = this.#scheduler.forecast(batcher, workOf(payloads, costs));
    return { startsInMs, finishesInMs, error: error.at(this.#clock.now()) };
  }

  /** Predicted milliseconds of one worker for the work (or for one request of the usual kind), as the queue counts it. */
  workMs({ costs }: Taking, payloads?: readonly Payload[]): number {
    const { rows, decodeMs } = workOf(payloads, costs);
    return shareMs(costs, rows, decodeMs);
  }

  /**
   * Queues work for which there is room, and sends out what can leave. `deadlineAt`: the client's own, on the clock;
   * without one the work is worth doing while the objective of the model can be met.
   */
  submit(
    taking: Taking,
    payloads: readonly Payload[],
    deadlineAt: number | undefined,
    trace?: RequestTrace,
  ): Submission {
    const { batcher, costs, error, sloMs } = taking;
    const forecast = this.#scheduler.forecast(batcher, workOf(payloads, costs));
    const now = this.#clock.now();
    this.#scheduler.arriving(batcher);
    const submission = new Submission(
      payloads,
      dueAt(now, deadlineAt, forecast, sloMs),
      batcher,
      this.#clock,
      trace,
    );
    if (forecast.finishesInMs > sloMs * TELLING) {
      void submission.outcomes.then((outcomes) => {
        const end = this.#clock.now();
        if (outcomes.every(tellsOfTime)) error.observe((end - now) / forecast.finishesInMs, end);
      });
    }
    if (costs.batchMs(1, costs.typicalDecodeMs) < SHORT_MS) this.#wakeSoon();
    else this.#scheduler.wake();
    return submission;
  }

  /**
   * When the sockets that are ready now have been read: what they bring leaves as one batch instead of the first of it
   * alone, and a message between threads carries more than one request. For work that is shorter than such a
   * message; longer work leaves at once, for reading five hundred photographs takes longer than several of them.
   */
  #wakeSoon(): void {
    if (this.#waking) return;
    this.#waking = true;
    this.#soon(() => {
      this.#waking = false;
      this.#scheduler.wake();
    });
  }
}

function workOf(payloads: readonly Payload[] | undefined, costs: CostModel): Work {
  if (payloads === undefined) return { rows: 1, decodeMs: costs.typicalDecodeMs };
  let rows = 0;
  let decodeMs = 0;
  for (const payload of payloads) {
    rows += payload.kind === 'image' ? 1 : payload.rows;
    if (payload.kind === 'image') decodeMs += costs.decodeMs(payload);
  }
  return { rows, decodeMs };
}

function dueAt(
  now: number,
  deadlineAt: number | undefined,
  { startsInMs, finishesInMs }: Forecast,
  sloMs: number,
): Due {
  if (deadlineAt !== undefined) return { at: deadlineAt, strict: true };
  return { at: now + allowance(sloMs, finishesInMs - startsInMs), strict: false };
}

/** Whether what became of an entry says how long it took: it was done, or dropped for being late. */
const tellsOfTime = (outcome: EntryOutcome): boolean =>
  outcome.kind === 'done' || (outcome.kind === 'failed' && outcome.failure.code === 'OVERLOADED');
