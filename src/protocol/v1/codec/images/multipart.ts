/** Images in a form (`multipart/form-data`): parts with a filename or a name that stands for an image, and `top_k`. */
import { ServingError } from '../../../../errors.ts';
import { boundaryOf } from '../media-type.ts';
import { partsOf } from './parts.ts';
import { pointerTo } from '../../../pointer.ts';
import type { ImageSource } from '../../../../task/images.ts';
import type { ClassifyLimits, ClassifyRequest } from './request.ts';
import { topKOf, topKRule } from './top-k.ts';

/** Fields that hold an image, with or without a filename. Those in the plural ask for a list of results. */
const IMAGE_FIELDS = new Set(['file', 'image', 'files', 'images']);
const LIST_FIELDS = new Set(['files', 'images']);

/**
 * A form to a request. The images are views of the body. It ends with the first fault, so at most `maxImages` + 2 parts
 * are read.
 * @throws ServingError BAD_MULTIPART, BAD_FIELD, EMPTY_BODY or TOO_MANY_IMAGES
 */
export function decodeMultipart(
  body: Buffer,
  contentType: string,
  { maxImages, classes }: ClassifyLimits,
): ClassifyRequest {
  if (body.length === 0) throw new ServingError('EMPTY_BODY', 'The body is empty: it must be a form.');
  const images: ImageSource[] = [];
  let several = false;
  let topK: number | undefined;

  for (const { name, filename, data } of partsOf(body, boundaryOf(contentType))) {
    const pointer = pointerTo(name ?? '');
    if (filename !== undefined || (name !== undefined && IMAGE_FIELDS.has(name))) {
      if (images.length === maxImages) throw tooMany(maxImages, pointer);
      if (data.length === 0) throw new ServingError('EMPTY_BODY', 'An image has no bytes.', { pointer });
      images.push({ kind: 'bytes', bytes: data });
      several ||= name !== undefined && LIST_FIELDS.has(name);
    } else if (name === 'top_k') {
      const repeated = topK !== undefined;
      topK = topKOf(data.toString('latin1', 0, LONGEST_TOP_K), classes);
      if (repeated || topK === undefined) throw new ServingError('BAD_FIELD', topKRule(classes), { pointer });
    } else if (name === undefined) {
      throw new ServingError('BAD_MULTIPART', 'A part of the form has no name in its Content-Disposition.');
    } else {
      throw new ServingError('BAD_FIELD', 'The form has a field that is neither an image nor top_k.', {
        pointer,
      });
    }
  }
  if (images.length === 0) throw new ServingError('EMPTY_BODY', 'The form has no image.');
  return { images, several: several || images.length > 1, topK };
}

/** Characters that are decoded; a valid number has fewer. */
const LONGEST_TOP_K = 16;

const tooMany = (most: number, pointer: string): ServingError =>
  new ServingError('TOO_MANY_IMAGES', `A request may carry ${most} images at most.`, { pointer });
