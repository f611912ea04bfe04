/**
 * What the codecs make of a body. Every codec is a pure function of bytes: it opens no socket, decodes no pixel
 * and throws nothing but ServingError. The bytes of a result may be views of the body, which must live as long.
 */
import type { ImageSource } from '../../../../task/images.ts';

export interface ClassifyRequest {
  /** At least one, at most `maxImages`; none of them empty. */
  readonly images: readonly ImageSource[];
  /** True: the answer is a list of results, even for one image. */
  readonly several: boolean;
  /** How many classes the caller wants, 1 to `classes`; undefined: not said. */
  readonly topK: number | undefined;
}

export interface ClassifyLimits {
  /** Images in one request. */
  readonly maxImages: number;
  /** Classes of the model: the largest top_k. */
  readonly classes: number;
}
