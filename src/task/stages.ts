/** The stages and limits that the prediction pipeline uses. */
import type { Admission } from '../admission/admission.ts';
import type { AnswerCache } from '../cache/cache.ts';
import type { ServingError } from '../errors.ts';
import type { BodyBuffers } from '../http/body/buffers.ts';
import type { ModelVersion } from '../serving/model-version.ts';

export interface PredictStages {
  /** Finds a version by model name and version (number or label), or the defaults. @throws ServingError MODEL_NOT_FOUND */
  readonly route: (name: string | undefined, version: string | undefined) => ModelVersion;
  readonly admission: Admission;
  /** Undefined where no answers are kept. */
  readonly cache?: AnswerCache | undefined;
  /** @throws ServingError URL_REFUSED, URL_FAILED or URL_TIMEOUT */
  readonly fetchImage: (url: string, signal: AbortSignal) => Promise<Uint8Array>;
  /** Logs why a URL was not fetched, which the client does not see. */
  readonly urlRefused: (requestId: string, error: ServingError) => void;
  readonly buffers: BodyBuffers;
  readonly maxImagePixels: number;
  /** Maximum rows of one queue. */
  readonly maxQueueRows: number;
}
