/** A body that is one image, as it is: nothing is copied or checked. */
import { ServingError } from '../../../../errors.ts';
import type { ClassifyRequest } from './request.ts';

/** @throws ServingError EMPTY_BODY */
export function decodeImageBody(body: Uint8Array): ClassifyRequest {
  if (body.length === 0) throw new ServingError('EMPTY_BODY', 'The body is empty: it must be an image.');
  return { images: [{ kind: 'bytes', bytes: body }], several: false, topK: undefined };
}
