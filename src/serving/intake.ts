/**
 * Where work enters: what its answer would take, its due time, its place in a queue, and afterwards how far off the
 * forecast was. One for all model versions; the simulator in bench/ takes work in by the same code. It refuses nothing:
 * that is admission's.
 */
import { allowance } from '../admission/lateness.ts';
import type { Batcher } from '../batcher/batcher.ts';
import type { Due, EntryOutcome } from '../batcher/entry.ts';
import { Submission } from '../batcher/submission.ts';
import type { Clock } from '../clock.ts';
import type { Forecast } from '../scheduler/forecast.ts';
import type { Scheduler } from '../scheduler/scheduler.ts';
import type { RequestTrace } from '../telemetry/trace/request-trace.ts';
import type { Payload } from '../thread/payload.ts';

/** Forecasts below this share of the objective are never in doubt, and a hiccup is many times as long as they. */
const TELLING = 0.25;

/** Posting a batch to a worker and its answer back take some 0.05 ms of the thread that serves everyone. */
const SHORT_MS = 0.5;

/** A forecast, and how far off such forecasts have been lately (99.5th percentile of actual over predicted, at least 1). */
export interface DoubtedForecast extends Forecast {
  readonly error: number;
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
  forecast(batcher: Batcher, payloads?: readonly Payload[]): DoubtedForecast {
    const { costs } = batcher;
    const { startsInMs, finishesInMs } = this.#scheduler.forecast(batcher, costs.workOf(payloads));
    return { startsInMs, finishesInMs, error: costs.forecastError.at(this.#clock.now()) };
  }

  /**
   * Queues work for which there is room, and sends out what can leave. `deadlineAt`: the client's own, on the clock;
   * without one the work is worth doing while the objective of the model can be met.
   */
  submit(
    batcher: Batcher,
    payloads: readonly Payload[],
    deadlineAt: number | undefined,
    trace?: RequestTrace,
  ): Submission {
    const { costs } = batcher;
    const { sloMs } = costs;
    const forecast = this.#scheduler.forecast(batcher, costs.workOf(payloads));
    const now = this.#clock.now();
    this.#scheduler.arriving(batcher);
    const due = dueAt(now, deadlineAt, forecast, sloMs);
    const submission = new Submission(payloads, due, batcher, this.#clock, trace);
    if (forecast.finishesInMs > sloMs * TELLING) {
      void submission.outcomes.then((outcomes) => {
        const end = this.#clock.now();
        if (outcomes.every(showsDuration)) {
          costs.forecastError.observe((end - now) / forecast.finishesInMs, end);
        }
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

function dueAt(
  now: number,
  deadlineAt: number | undefined,
  { startsInMs, finishesInMs }: Forecast,
  sloMs: number,
): Due {
  if (deadlineAt !== undefined) return { at: deadlineAt, strict: true };
  return { at: now + allowance(sloMs, finishesInMs - startsInMs), strict: false };
}

/** Whether an outcome shows how long its entry took: it was done, or dropped for being late. */
const showsDuration = (outcome: EntryOutcome): boolean =>
  outcome.kind === 'done' || (outcome.kind === 'failed' && outcome.failure.code === 'OVERLOADED');
