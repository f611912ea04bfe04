/** The stages and limits that the prediction pipeline uses. */
import type { Admission } from '../admission/admission.ts';
import type { AnswerCache } from '../cache/cache.ts';
import type { ServingError } from '../errors.ts';
import type { BodyBuffers } from '../http/body/buffers.ts';
import type { Exchange } from '../http/exchange.ts';
import type { Entities } from '../features/entities.ts';
import type { Filled } from '../features/filled.ts';
import type { RequestHead } from '../http/head.ts';
import type { AnsweredListener } from '../quality/answered.ts';
import type { ModelVersion } from '../serving/model-version.ts';
import type { Followed } from '../traffic/traffic.ts';
import type { Explanations } from './explanations.ts';

export interface PredictStages {
  /**
   * Finds a version by model name and version (number or label), else by the split of the model, or the defaults. `kept`:
   * of the head. @throws ServingError MODEL_NOT_FOUND
   */
  readonly route: (
    name: string | undefined,
    version: string | undefined,
    kept: RequestHead['kept'],
  ) => Followed;
  /** Has a version loaded that is loaded on demand; returns false when there is nothing to wait for. */
  readonly wanted: (version: ModelVersion) => boolean;
  readonly admission: Admission;
  /**
   * Counts the rows of a request for its caller, which may be over its limit; undefined where rows are not counted.
   * @throws ServingError RATE_LIMITED or QUOTA_EXCEEDED
   */
  readonly chargeRows?: ((exchange: Exchange, rows: number) => void | Promise<void>) | undefined;
  /** Undefined where no answers are kept. */
  readonly cache?: AnswerCache | undefined;
  /** Undefined where no answer is explained. */
  readonly explanations?: Explanations | undefined;
  /** @throws ServingError URL_REFUSED, URL_FAILED or URL_TIMEOUT */
  readonly fetchImage: (url: string, signal: AbortSignal) => Promise<Uint8Array>;
  /** Logs why a URL was not fetched, which the client does not see. */
  readonly urlRefused: (requestId: string, error: ServingError) => void;
  /**
   * Gives the inputs that features fill, by the entity keys of a request; for models that have some.
   * @throws ServingError FEATURES_MISSING or FEATURES_UNAVAILABLE
   */
  readonly fillFeatures?: ((version: ModelVersion, entities: Entities) => Promise<Filled>) | undefined;
  /** Told of every answer; undefined where nobody watches. */
  readonly answered?: AnsweredListener | undefined;
  readonly buffers: BodyBuffers;
  readonly maxImagePixels: number;
  /** Maximum rows of one queue. */
  readonly maxQueueRows: number;
}
