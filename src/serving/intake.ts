/**
 * The entrance for work: predicts when it would be done, sets its due time, queues it, and afterwards observes the error
 * of the forecast. One for all model versions; the simulator in bench/ uses it too. It does not refuse work: that is done
 * by admission.
 */
import { allowance } from '../admission/lateness.ts';
import type { Batcher } from '../batcher/batcher.ts';
import type { Due, EntryOutcome, Priority } from '../batcher/entry.ts';
import { Submission } from '../batcher/submission.ts';
import type { Clock } from '../clock.ts';
import type { BatchOutcome } from '../pool/held.ts';
import type { Forecast } from '../scheduler/forecast.ts';
import type { Scheduler } from '../scheduler/scheduler.ts';
import type { RequestTrace } from '../telemetry/trace/request-trace.ts';
import type { Payload } from '../thread/payload.ts';

/**
 * Share of the SLO. Shorter forecasts do not count in the error: they are far from a refusal, and a single stall is many
 * times longer.
 */
const OBSERVED_FROM = 0.25;

/** Requests shorter than this are collected first: sending a batch and its result takes about 0.05 ms of the main thread. */
const SHORT_MS = 0.5;

/** A forecast, and the p99.5 of actual over predicted time of recent forecasts, at least 1. */
export interface ForecastWithError extends Forecast {
  readonly error: number;
}

export class Intake {
  readonly #scheduler: Scheduler;
  readonly #clock: Clock;
  readonly #defer: (task: () => void) => void;
  readonly #lagMs: () => number;
  #waking = false;

  /**
   * `defer` runs a task after the sockets that are readable now have been read (setImmediate). `lagMs`: how long what is
   * read now may have waited, in milliseconds (LoopLag).
   */
  constructor(
    scheduler: Scheduler,
    clock: Clock,
    defer: (task: () => void) => void,
    lagMs: () => number = () => 0,
  ) {
    this.#scheduler = scheduler;
    this.#clock = clock;
    this.#defer = defer;
    this.#lagMs = lagMs;
  }

  /** Predicts start and finish of the work, or of one typical request without `payloads`. */
  forecast(batcher: Batcher, payloads?: readonly Payload[], priority?: Priority): ForecastWithError {
    const { costs } = batcher;
    const { startsInMs, finishesInMs } = this.#scheduler.forecast(batcher, costs.workOf(payloads), priority);
    return { startsInMs, finishesInMs, error: costs.forecastError.at(this.#clock.now()) };
  }

  /**
   * Queues work and dispatches what can leave. The caller has checked that there is room. `deadlineAt`: set by the client,
   * in clock milliseconds; undefined: the work is due by the SLO of the model.
   */
  submit(
    batcher: Batcher,
    payloads: readonly Payload[],
    deadlineAt: number | undefined,
    trace?: RequestTrace,
    priority?: Priority,
  ): Submission {
    const { costs } = batcher;
    const { sloMs } = costs;
    const forecast = this.#scheduler.forecast(batcher, costs.workOf(payloads), priority);
    const now = this.#clock.now();
    this.#scheduler.arriving(batcher);
    const due = dueAt(now - this.#lagMs(), deadlineAt, forecast, sloMs);
    const submission = new Submission(payloads, due, batcher, this.#clock, trace, priority);
    if (forecast.finishesInMs > sloMs * OBSERVED_FROM) {
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

  /** Runs work that no client waits for, if a worker is to spare now; see Scheduler.spare(). */
  spare(batcher: Batcher, payload: Payload): Promise<BatchOutcome> | undefined {
    return this.#scheduler.spare(batcher, payload);
  }

  /**
   * Wakes the scheduler after the sockets that are readable now have been read, so that their requests leave as one batch
   * and one message between threads carries several of them. For short work only; longer work leaves at once, because
   * reading five hundred photographs takes longer than running several of them.
   */
  #wakeSoon(): void {
    if (this.#waking) return;
    this.#waking = true;
    this.#defer(() => {
      this.#waking = false;
      this.#scheduler.wake();
    });
  }
}

function dueAt(
  arrivedAt: number,
  deadlineAt: number | undefined,
  { startsInMs, finishesInMs }: Forecast,
  sloMs: number,
): Due {
  if (deadlineAt !== undefined) return { at: deadlineAt, strict: true };
  return { at: arrivedAt + allowance(sloMs, finishesInMs - startsInMs), strict: false };
}

/** Whether an outcome shows how long its entry took: it was done, or failed because it was late. */
const showsDuration = (outcome: EntryOutcome): boolean =>
  outcome.kind === 'done' || (outcome.kind === 'failed' && outcome.failure.code === 'OVERLOADED');
