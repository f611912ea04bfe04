/** What the prediction handlers are given: the stages behind them, and the limits they hold. */
import type { Admission } from '../admission/admission.ts';
import type { Permit } from '../admission/budget.ts';
import type { Payload } from '../batcher/entry.ts';
import type { Submission } from '../batcher/submission.ts';
import type { ServingError } from '../errors.ts';
import type { ModelVersion } from '../serving/model-version.ts';
import type { RequestTrace } from '../telemetry/trace/request-trace.ts';
import type { BodyBuffers } from '../http/buffers.ts';
import type { BodyKind } from '../protocol/v1/codec/media-type.ts';

export interface PredictStages {
  /** By name and version (a number or a label), or the defaults. @throws ServingError MODEL_NOT_FOUND */
  readonly findModel: (name: string | undefined, version: string | undefined) => ModelVersion;
  readonly admission: Admission;
  /** Queues the work and wakes the scheduler; the work was admitted before. `deadlineAt`: the client's own. */
  readonly submit: (
    model: ModelVersion,
    payloads: readonly Payload[],
    deadlineAt: number | undefined,
    trace: RequestTrace | undefined,
  ) => Submission;
  /** @throws ServingError URL_REFUSED, URL_FAILED or URL_TIMEOUT */
  readonly fetchImage: (url: string, signal: AbortSignal) => Promise<Uint8Array>;
  /** Tells the log what the client is not told: why a URL was not fetched. */
  readonly urlRefused: (requestId: string, error: ServingError) => void;
  /** Rows of the largest batch of a model that pays. */
  readonly batchCap: (model: ModelVersion) => number;
  readonly buffers: BodyBuffers;
  readonly maxBodyBytes: number;
  readonly maxJsonBytes: number;
  readonly maxImagePixels: number;
  readonly maxImagesPerRequest: number;
  /** Rows that one queue may hold. */
  readonly maxQueueRows: number;
  readonly defaultTopK: number;
}

/** A body, read. */
export interface ReadBody {
  readonly bytes: Buffer;
  readonly kind: BodyKind;
  readonly readMs: number;
  /** Grows with what the body leads to beyond its own bytes: images fetched by URL. */
  readonly permit: Permit;
}
