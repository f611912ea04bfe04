/**
 * Images in a JSON body: `{"image": base64 or data URL}`, `{"url": …}` or `{"images": [base64, data URL or
 * http(s) URL, …]}`, each with an optional `"top_k"`. Every fault names its place with a JSON pointer.
 */
import Type from 'typebox';
import { Check, Errors } from 'typebox/schema';
import { ServingError } from '../../../../errors.ts';
import { MAX_URL_CHARACTERS } from '../../../../image/limits.ts';
import { decodeBase64 } from './base64.ts';
import { parseJson } from '../../../json-text.ts';
import { pointerTo, shortened } from '../../../pointer.ts';
import type { ImageSource } from '../../../../task/images.ts';
import type { ClassifyLimits, ClassifyRequest } from './request.ts';
import { topKRule } from './top-k.ts';

/** The body; that exactly one of image, url and images is there is checked by hand. */
export const ClassifyBody = Type.Object(
  {
    image: Type.Optional(Type.String({ description: 'An image as base64 or as a base64 data URL.' })),
    url: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: MAX_URL_CHARACTERS,
        description: 'An http or https URL from which the server fetches the image.',
      }),
    ),
    images: Type.Optional(
      Type.Array(Type.String(), {
        description: `Several images, each as base64, data URL, http or https URL of at most ${MAX_URL_CHARACTERS} characters.`,
      }),
    ),
    top_k: Type.Optional(Type.Integer({ minimum: 1, description: 'How many classes to return.' })),
  },
  { additionalProperties: false },
);

/**
 * Most commas, brackets or braces in a body; valid ones have far fewer. Strings are parsed as fast as memory is copied;
 * many small values, or deep ones, are not: 10 MiB of `[` block the thread for 0.7 s.
 */
const MOST_VALUES = 1024;
const STRUCTURE = ['[', '{', ','];

/**
 * Bytes of JSON to a request. The images are copies: the body need not be kept.
 * @throws ServingError BAD_JSON, BAD_FIELD, BAD_BASE64, EMPTY_BODY or TOO_MANY_IMAGES
 */
export function decodeJsonImages(body: Buffer, limits: ClassifyLimits): ClassifyRequest {
  for (const mark of STRUCTURE) refuseMany(body, mark);
  const value = parseJson(body);
  if (!Check(ClassifyBody, value)) throw invalid(value);
  const { image, url, images, top_k: topK } = value;
  if ([image, url, images].filter((field) => field !== undefined).length !== 1) {
    throw new ServingError('BAD_FIELD', 'The body must have exactly one of image, url and images.', {
      pointer: '',
    });
  }
  if (topK !== undefined && topK > limits.classes) {
    throw new ServingError('BAD_FIELD', topKRule(limits.classes), { pointer: '/top_k' });
  }
  return { images: sources(image, url, images, limits.maxImages), several: images !== undefined, topK };
}

function sources(
  image: string | undefined,
  url: string | undefined,
  images: readonly string[] | undefined,
  most: number,
): ImageSource[] {
  if (url !== undefined) return [{ kind: 'url', url }];
  if (image !== undefined) return [{ kind: 'bytes', bytes: decodeBase64(image, '/image') }];
  const texts = images ?? [];
  const pointer = '/images';
  if (texts.length === 0) throw new ServingError('EMPTY_BODY', 'There is no image in images.', { pointer });
  if (texts.length > most) {
    throw new ServingError('TOO_MANY_IMAGES', `A request may carry ${most} images at most.`, { pointer });
  }
  return texts.map((text, i) => {
    const place = pointerTo('images', i);
    if (!/^https?:\/\//i.test(text)) return { kind: 'bytes', bytes: decodeBase64(text, place) };
    if (text.length <= MAX_URL_CHARACTERS) return { kind: 'url', url: text };
    const message = `A URL may have ${MAX_URL_CHARACTERS} characters at most.`;
    throw new ServingError('BAD_FIELD', message, { pointer: place });
  });
}

function refuseMany(body: Buffer, mark: string): void {
  let count = 0;
  for (let at = body.indexOf(mark); at >= 0; at = body.indexOf(mark, at + 1)) {
    if (++count > MOST_VALUES) {
      throw new ServingError('BAD_FIELD', 'The body has far more values than a request with images.', {
        pointer: '',
      });
    }
  }
}

function invalid(value: unknown): ServingError {
  const [, [fault]] = Errors(ClassifyBody, value);
  const pointer = shortened(fault?.instancePath ?? '');
  const what = fault?.keyword === 'boolean' ? 'is not known here' : (fault?.message ?? 'is not valid');
  const where = pointer === '' ? 'The body' : `The field ${pointer}`;
  return new ServingError('BAD_FIELD', `${where} ${what}.`, { pointer });
}
