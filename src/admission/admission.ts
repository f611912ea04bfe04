/**
 * Admission control: accepts or refuses each request, immediately, in two places: at the headers, before the body is read,
 * and when its work is known, before anything is decoded. (Not related to Kubernetes admission webhooks.)
 */
import type { Priority } from '../batcher/entry.ts';
import { rowsOf, type Payload } from '../thread/payload.ts';
import { ServingError, type ErrorCode } from '../errors.ts';
import type { ModelVersion } from '../serving/model-version.ts';
import type { ForecastWithError } from '../serving/intake.ts';
import type { ByteBudget, Permit } from './budget.ts';
import { allowance, lateBy, type TimeLimits } from './lateness.ts';

/** Upper bound of Retry-After: a client that would wait longer had better try another replica. */
const LONGEST_RETRY_MS = 60_000;

/** Where a request was refused. */
export type AdmissionStage = 'headers' | 'work';

/** Called for every decision. `work`: undefined at the headers, where it is not known yet. */
export interface AdmissionEvents {
  refused(
    version: ModelVersion,
    stage: AdmissionStage,
    code: ErrorCode,
    work: readonly Payload[] | undefined,
  ): void;
  accepted(version: ModelVersion, work: readonly Payload[]): void;
}

export class Admission {
  readonly #budget: ByteBudget;
  readonly #closing: () => boolean;
  readonly #events: AdmissionEvents;
  readonly #lagMs: () => number;

  /**
   * `closing`: returns true once the server takes no more requests. `lagMs`: how long what is read now may have waited, in
   * milliseconds (LoopLag).
   */
  constructor(
    budget: ByteBudget,
    closing: () => boolean,
    events: AdmissionEvents,
    lagMs: () => number = () => 0,
  ) {
    this.#budget = budget;
    this.#closing = closing;
    this.#events = events;
    this.#lagMs = lagMs;
  }

  /**
   * Decides at the headers; returns a permit for the bytes of the body, which grows as it is read, or the refusal: DRAINING,
   * MODEL_LOADING, MODEL_UNAVAILABLE, QUEUE_FULL, OVERLOADED or BODY_TOO_LARGE. It is not thrown, because each throw walks the
   * stack: a tenth of what a refusal cost. `declaredBytes`: the Content-Length; 0 for a chunked body.
   * `copies`: how often they are in memory while the body is decoded. `timeLeftMs`: until the deadline that the client set, if it did.
   * `mayBeFree`: the answer may be stored, so that room and time are asked for when the work is known. `waits`: the request
   * waits for its version to be loaded, and is admitted again when its work is known.
   */
  admitBody(
    version: ModelVersion,
    declaredBytes: number,
    timeLeftMs: number | undefined,
    { mayBeFree = false, waits = false, copies = 1 } = {},
  ): Permit | ServingError {
    const admitted =
      this.#refusalAtHeaders(version, timeLeftMs, mayBeFree, waits) ?? this.#opened(declaredBytes, copies);
    if (admitted instanceof ServingError) {
      this.#events.refused(version, 'headers', admitted.code, undefined);
    }
    return admitted;
  }

  /**
   * Decides again for a request that has waited for its version.
   * @throws ServingError MODEL_UNAVAILABLE, or MODEL_LOADING when it was not loaded after all
   */
  admitLoaded(version: ModelVersion): void {
    const refusal = unusable(version);
    if (refusal === undefined) return;
    this.#events.refused(version, 'headers', refusal.code, undefined);
    throw refusal;
  }

  /** Decides when the work is known. @throws ServingError QUEUE_FULL or OVERLOADED */
  admitWork(
    version: ModelVersion,
    work: readonly Payload[],
    timeLeftMs: number | undefined,
    priority?: Priority,
  ): void {
    const refusal =
      unusable(version) ?? // It may have become unavailable since.
      withoutRoom(version, rowsOf(work)) ??
      tooLate(version, { timeLeftMs, lagMs: this.#lagMs() }, work, priority);
    if (refusal !== undefined) {
      this.#events.refused(version, 'work', refusal.code, work);
      throw refusal;
    }
    this.#events.accepted(version, work);
  }

  #refusalAtHeaders(
    version: ModelVersion,
    timeLeftMs: number | undefined,
    mayBeFree: boolean,
    waits: boolean,
  ): ServingError | undefined {
    if (this.#closing()) return new ServingError('DRAINING', 'The server is shutting down.');
    if (waits) return undefined;
    const refusal = unready(version);
    if (refusal !== undefined || mayBeFree) return refusal;
    return withoutRoom(version, 1) ?? tooLate(version, { timeLeftMs, lagMs: this.#lagMs() });
  }

  #opened(declaredBytes: number, copies: number): Permit | ServingError {
    try {
      return this.#budget.open(declaredBytes, copies);
    } catch (error) {
      if (error instanceof ServingError) return error;
      throw error;
    }
  }
}

/** Why so many rows cannot be queued: QUEUE_FULL. */
function withoutRoom(version: ModelVersion, rows: number): ServingError | undefined {
  if (version.hasRoomFor(rows)) return undefined;
  return new ServingError('QUEUE_FULL', `The queue of model ${version.name} is full.`, {
    retryAfterSeconds: retryAfter(Math.max(1000, version.forecast().startsInMs)),
  });
}

/** Why the work, or a typical request without it, would not be in time: OVERLOADED. */
function tooLate(
  version: ModelVersion,
  limits: Pick<TimeLimits, 'timeLeftMs' | 'lagMs'>,
  work?: readonly Payload[],
  priority?: Priority,
): ServingError | undefined {
  const forecast = version.forecast(work, priority);
  const { sloMs } = version.settings;
  const late = lateBy(forecast, { ...limits, sloMs, error: forecast.error });
  if (late === 0) return undefined;
  return new ServingError('OVERLOADED', overloaded(version, forecast, limits.timeLeftMs), {
    retryAfterSeconds: retryAfter(late),
  });
}

/** Of a request that holds a lease: one that is about to leave memory waits for it. As unready(). */
const unusable = (version: ModelVersion): ServingError | undefined =>
  version.usable ? undefined : unready(version);

/** Why a version does not serve: MODEL_UNAVAILABLE, MODEL_QUARANTINED or MODEL_LOADING. */
function unready(model: ModelVersion): ServingError | undefined {
  const { name, version, state, loadMs, settings, quarantined } = model;
  if (state === 'ready') return undefined;
  const named = `Model ${name} version ${version}`;
  if (quarantined) {
    const message = `${named} has crashed the server, and is not run any more.`;
    return new ServingError('MODEL_QUARANTINED', message);
  }
  if (state === 'unavailable') return new ServingError('MODEL_UNAVAILABLE', `${named} failed to load.`);
  if (!settings.onDemand) return new ServingError('MODEL_LOADING', `${named} is not loaded yet.`);
  const message = `${named} is loaded on demand, and is not loaded yet: retry, or set x-request-timeout-ms to wait for it.`;
  return new ServingError('MODEL_LOADING', message, {
    retryAfterSeconds: retryAfter(Math.max(1000, loadMs ?? 0)),
  });
}

/** Retry-After in seconds. */
const retryAfter = (ms: number): number => Math.min(LONGEST_RETRY_MS, ms) / 1000;

/** The message of OVERLOADED: the prediction, its error, the limit it exceeds, and what the client can do. */
function overloaded(
  { name, settings: { sloMs } }: ModelVersion,
  { startsInMs, finishesInMs, error }: ForecastWithError,
  timeLeftMs: number | undefined,
): string {
  const most = Math.ceil(finishesInMs * error);
  const doubt = error > 1 ? `, up to ${most} ms as far off as predictions were lately` : '';
  const allowed = Math.floor(allowance(sloMs, finishesInMs - startsInMs));
  const long = allowed > sloMs ? ` (${allowed} ms for work as long as this)` : '';
  const limit =
    timeLeftMs === undefined
      ? `its latency objective is ${sloMs} ms${long}`
      : `${Math.max(0, Math.floor(timeLeftMs))} ms are left of the request's own deadline`;
  const help = timeLeftMs === undefined ? 'set x-request-timeout-ms to wait longer' : 'set a longer deadline';
  return (
    `Model ${name} is overloaded: an answer would take about ${Math.ceil(finishesInMs)} ms${doubt}, and ${limit}. ` +
    `Retry later, or ${help}.`
  );
}
