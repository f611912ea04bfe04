/** What the prediction pipeline is given: the stages behind it, and the limits that it holds. */
import type { Admission } from '../admission/admission.ts';
import type { ServingError } from '../errors.ts';
import type { BodyBuffers } from '../http/body/buffers.ts';
import type { ModelVersion } from '../serving/model-version.ts';

export interface PredictStages {
  /** The version that answers, by name and version (a number or a label), or the defaults. @throws ServingError MODEL_NOT_FOUND */
  readonly route: (name: string | undefined, version: string | undefined) => ModelVersion;
  readonly admission: Admission;
  /** @throws ServingError URL_REFUSED, URL_FAILED or URL_TIMEOUT */
  readonly fetchImage: (url: string, signal: AbortSignal) => Promise<Uint8Array>;
  /** Logs what the client is not shown: why a URL was not fetched. */
  readonly urlRefused: (requestId: string, error: ServingError) => void;
  readonly buffers: BodyBuffers;
  readonly maxImagePixels: number;
  /** Rows that one queue may hold. */
  readonly maxQueueRows: number;
}
