/**
 * Decides whether a request is taken. Twice: at the headers, before a byte of the body is read, and again
 * when its work is known, before anything is decoded. It grants or refuses at once and never waits. (This is
 * admission control; it has nothing to do with Kubernetes admission webhooks.)
 */
import type { Payload } from '../batcher/entry.ts';
import { ServingError, type ErrorCode } from '../errors.ts';
import type { ModelVersion } from '../serving/model-version.ts';
import type { Forecast } from '../scheduler/forecast.ts';
import type { ByteBudget, Permit } from './budget.ts';
import { lateBy } from './promise.ts';

/** Where a request was refused. */
export type AdmissionStage = 'headers' | 'work';

export interface AdmissionFacts {
  /** True once the server takes no more work. */
  closing(): boolean;
  /** Whether the queue of the model has room for that many more rows. */
  hasRoomFor(model: ModelVersion, rows: number): boolean;
  /** When the work, or one request of the usual kind, would start and be done; and how far off such forecasts are. */
  forecast(model: ModelVersion, work?: readonly Payload[]): Forecast & { readonly error: number };
}

/** Told of every refusal. `work`: undefined at the headers, where it is not known. */
export type OnRefusal = (
  model: ModelVersion,
  stage: AdmissionStage,
  code: ErrorCode,
  work: readonly Payload[] | undefined,
) => void;

/** Told of every request whose work is taken. */
export type OnAdmission = (model: ModelVersion, work: readonly Payload[]) => void;

export class Admission {
  readonly #budget: ByteBudget;
  readonly #facts: AdmissionFacts;
  readonly #onRefusal: OnRefusal;
  readonly #onAdmission: OnAdmission;

  constructor(
    budget: ByteBudget,
    facts: AdmissionFacts,
    onRefusal: OnRefusal,
    onAdmission: OnAdmission = () => undefined,
  ) {
    this.#budget = budget;
    this.#facts = facts;
    this.#onRefusal = onRefusal;
    this.#onAdmission = onAdmission;
  }

  /**
   * At the headers. `declaredBytes`: the Content-Length, 0 for a chunked body, whose permit grows as it is read.
   * `timeLeftMs`: of the client's own deadline, if it has set one.
   * @throws ServingError DRAINING, MODEL_LOADING, MODEL_UNAVAILABLE, QUEUE_FULL or OVERLOADED
   */
  admitBody(model: ModelVersion, declaredBytes: number, timeLeftMs: number | undefined): Permit {
    return this.#told(model, 'headers', undefined, () => {
      if (this.#facts.closing()) throw new ServingError('DRAINING', 'The server is shutting down.');
      const named = `Model ${model.name} version ${model.version}`;
      if (model.state === 'unavailable') {
        throw new ServingError('MODEL_UNAVAILABLE', `${named} failed to load.`);
      }
      if (model.state !== 'ready') throw new ServingError('MODEL_LOADING', `${named} is not loaded yet.`);
      this.#requireRoom(model, 1);
      this.#requireTime(model, undefined, timeLeftMs);
      return this.#budget.reserve(declaredBytes);
    });
  }

  /** When the work is known. @throws ServingError QUEUE_FULL or OVERLOADED */
  admitWork(model: ModelVersion, work: readonly Payload[], timeLeftMs: number | undefined): void {
    this.#told(model, 'work', work, () => {
      const rows = work.reduce((sum, one) => sum + (one.kind === 'image' ? 1 : one.rows), 0);
      this.#requireRoom(model, rows);
      this.#requireTime(model, work, timeLeftMs);
    });
    this.#onAdmission(model, work);
  }

  #requireRoom(model: ModelVersion, rows: number): void {
    if (this.#facts.hasRoomFor(model, rows)) return;
    throw new ServingError('QUEUE_FULL', `The queue of model ${model.name} is full.`, {
      // Without a worker that takes batches nobody knows, and 0 would ask for a retry at once.
      retryAfterSeconds: Math.max(1, this.#facts.forecast(model).startsInMs / 1000),
    });
  }

  #requireTime(
    model: ModelVersion,
    work: readonly Payload[] | undefined,
    timeLeftMs: number | undefined,
  ): void {
    const forecast = this.#facts.forecast(model, work);
    const { sloMs } = model.settings;
    const late = lateBy(forecast, { sloMs, timeLeftMs, error: forecast.error });
    if (late === 0) return;
    const wouldTake = `an answer would take about ${Math.ceil(forecast.finishesInMs)} ms`;
    const allowed =
      timeLeftMs === undefined
        ? `its latency objective is ${sloMs} ms`
        : `${Math.max(0, Math.floor(timeLeftMs))} ms are left of the request's own deadline`;
    throw new ServingError('OVERLOADED', `Model ${model.name} is overloaded: ${wouldTake}, and ${allowed}.`, {
      retryAfterSeconds: late / 1000,
    });
  }

  #told<Result>(
    model: ModelVersion,
    stage: AdmissionStage,
    work: readonly Payload[] | undefined,
    decide: () => Result,
  ): Result {
    try {
      return decide();
    } catch (error) {
      if (error instanceof ServingError) this.#onRefusal(model, stage, error.code, work);
      throw error;
    }
  }
}
