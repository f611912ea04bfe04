/** Work of models that declare image preprocessing: images to the outputs of the model, one row for each image. */
import { ServingError } from '../errors.ts';
import type { ModelVersion } from '../serving/model-version.ts';
import type { ImagePayload } from '../thread/payload.ts';
import { payloadOf } from './images.ts';
import type { PredictStages } from './stages.ts';
import { firstFailure, joined, type TensorsCodec } from './tensors.ts';
import { whenThere } from '../slices.ts';
import type { Work } from './task.ts';

/**
 * `pointer`: where in the body the images are. Images belong together, as rows do: one that is bad fails the request.
 * @throws ServingError as an image that is refused by its header
 */
export function imageOutputsWork(
  images: readonly Uint8Array[],
  pointer: string | undefined,
  { encode, variant }: Pick<TensorsCodec, 'encode' | 'variant'>,
  version: ModelVersion,
  { maxImagePixels }: PredictStages,
): Work {
  const payloads = images.map((bytes, index): ImagePayload => {
    const payload = payloadOf(bytes, undefined, maxImagePixels);
    if (!('code' in payload)) return payload;
    const which = images.length === 1 ? '' : `Image ${index}: `;
    throw new ServingError(
      payload.code,
      `${which}${payload.detail}`,
      pointer === undefined ? {} : { pointer },
    );
  });
  return {
    payloads,
    variant,
    failure: firstFailure,
    answer: (outcomes, facts) =>
      whenThere(encode({ outputs: joined(outcomes, version.signature!) }, facts), (answer) => ({
        ...answer,
        succeeded: payloads.length,
        failed: 0,
        best: [],
      })),
  };
}
