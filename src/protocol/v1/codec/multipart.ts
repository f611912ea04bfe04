/**
 * Images in a form (`multipart/form-data`). The addon's parser takes the parts out, but it loses them without a
 * word where a body is cut off, a part has ten headers or the boundary is quoted. So the delimiters are counted
 * here first, and a form of which any part is missing is refused. Pure, but for one thing: the parser overwrites
 * a byte behind each part, so the body is not to be used again.
 */
import { ServingError } from '../../../errors.ts';
import { boundaryOf } from './media-type.ts';
import { pointerTo } from './pointer.ts';
import type { ClassifyLimits, ClassifyRequest, ImageSource } from './request.ts';
import { topKOf, topKRule } from './top-k.ts';

/** A part as uWebSockets.js gives it. The data is a copy, with a lifetime of its own. */
export interface Part {
  readonly data: ArrayBuffer;
  readonly name?: string;
  readonly filename?: string;
}

/** getParts of uWebSockets.js; undefined when the content type names no boundary. */
export type GetParts = (body: Buffer, contentType: string) => readonly Part[] | undefined;

/** Fields that hold an image, with or without a filename. Those in the plural ask for a list of results. */
const IMAGE_FIELDS = new Set(['file', 'image', 'files', 'images']);
const LIST_FIELDS = new Set(['files', 'images']);
/** Parts beside the images before a form is refused unread. Only top_k is known, but a wrong one has a name to tell. */
const OTHER_PARTS = 8;

const CR = 0x0d;
const LF = 0x0a;
const DASH = 0x2d;

/**
 * A form to a request: parts with a filename or a name of IMAGE_FIELDS are images, `top_k` is a number.
 * @throws ServingError BAD_MULTIPART, BAD_FIELD, EMPTY_BODY or TOO_MANY_IMAGES
 */
export function decodeMultipart(
  body: Buffer,
  contentType: string,
  getParts: GetParts,
  { maxImages, classes }: ClassifyLimits,
): ClassifyRequest {
  const images: ImageSource[] = [];
  let several = false;
  let topK: number | undefined;

  for (const { name, filename, data } of allParts(body, contentType, getParts, maxImages)) {
    const pointer = pointerTo(name ?? '');
    if (filename !== undefined || (name !== undefined && IMAGE_FIELDS.has(name))) {
      if (images.length === maxImages) throw tooMany(maxImages, pointer);
      if (data.byteLength === 0) throw new ServingError('EMPTY_BODY', 'An image has no bytes.', { pointer });
      images.push({ kind: 'bytes', bytes: new Uint8Array(data) });
      several ||= name !== undefined && LIST_FIELDS.has(name);
    } else if (name === 'top_k') {
      const repeated = topK !== undefined;
      topK = topKOf(Buffer.from(data).toString('latin1'), classes);
      if (repeated || topK === undefined) throw new ServingError('BAD_FIELD', topKRule(classes), { pointer });
    } else if (name === undefined) {
      throw bad('A part of the form has no name.');
    } else {
      throw new ServingError('BAD_FIELD', 'The form has a field that is neither an image nor top_k.', {
        pointer,
      });
    }
  }
  if (images.length === 0) throw new ServingError('EMPTY_BODY', 'The form has no image.');
  return { images, several: several || images.length > 1, topK };
}

function allParts(body: Buffer, contentType: string, getParts: GetParts, maxImages: number): readonly Part[] {
  if (body.length === 0) throw new ServingError('EMPTY_BODY', 'The body is empty: it must be a form.');
  const boundary = boundaryOf(contentType);
  const { count, end } = outline(body, boundary, maxImages);
  // The addon takes all that follows the first equals sign for the boundary, quotes and other parameters too.
  const parts = getParts(body.subarray(0, end), `multipart/form-data; boundary=${boundary}`);
  if (parts?.length !== count) throw bad('The headers of a part of the form cannot be read.');
  return parts;
}

/**
 * How many parts the form has, and where its last delimiter ends. What looks like a delimiter must be one: the
 * addon cuts there too, so data that holds its own boundary is refused and not cut.
 */
function outline(body: Buffer, boundary: string, maxImages: number): { count: number; end: number } {
  const mark = Buffer.from(`--${boundary}`, 'latin1');
  let count = 0;
  for (let at = body.indexOf(mark); at >= 0; at = body.indexOf(mark, at + mark.length)) {
    const next = at + mark.length;
    if (at !== 0 && !(body[at - 2] === CR && body[at - 1] === LF)) break;
    if (body[next] === DASH && body[next + 1] === DASH) return { count, end: next + 2 };
    if (!(body[next] === CR && body[next + 1] === LF)) break;
    count++;
    if (count > maxImages + OTHER_PARTS) throw tooMany(maxImages, '');
  }
  throw bad('The form is cut off, or has its boundary inside a part.');
}

const bad = (message: string): ServingError => new ServingError('BAD_MULTIPART', message);

const tooMany = (most: number, pointer: string): ServingError =>
  new ServingError('TOO_MANY_IMAGES', `A request may carry ${most} images at most.`, { pointer });
