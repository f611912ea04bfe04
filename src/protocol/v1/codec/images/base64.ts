/** An image as base64 or as a base64 data URL. A body can hold 28 MiB of it, so no regular expression runs over it. */
import { ServingError } from '../../../../errors.ts';
import { strictBase64 } from '../../../base64.ts';

/** From `data:` to the comma (RFC 2397): [1] the media type, which may be left out; then parameters, and `base64` last. */
const DATA_URL = /^data:([^;]*)(?:;[^;]*)*; *base64$/i;
/** Media types of bytes that may be an image. */
const MAYBE_IMAGE = /^\s*(?:image\/[\w.+-]+|application\/octet-stream)?\s*$/i;
/** A media type has at most 127 + 1 + 127 characters (RFC 6838); parameters are as a rule shorter. */
const LONGEST_PREFIX = 1024;

/**
 * The bytes of a base64 string or a base64 data URL of an image.
 * @param pointer where in the body the text is.
 * @throws ServingError BAD_BASE64, or EMPTY_BODY when there are no bytes
 */
export function decodeBase64(text: string, pointer: string): Uint8Array {
  let encoded = text;
  if (/^data:/i.test(text)) {
    const comma = text.slice(0, LONGEST_PREFIX).indexOf(',');
    const [, mediaType] = DATA_URL.exec(text.slice(0, Math.max(0, comma))) ?? [];
    if (mediaType === undefined || !MAYBE_IMAGE.test(mediaType)) throw notAnImage(pointer);
    encoded = text.slice(comma + 1);
  }
  const bytes = strictBase64(encoded);
  if (bytes === undefined) {
    throw new ServingError('BAD_BASE64', 'The text is not base64; it may hold no white space either.', {
      pointer,
    });
  }
  if (bytes.length === 0) throw new ServingError('EMPTY_BODY', 'The image has no bytes.', { pointer });
  return bytes;
}

const notAnImage = (pointer: string): ServingError =>
  new ServingError(
    'BAD_BASE64',
    'A data URL is data:image/<format>;base64, here, or of application/octet-stream; parameters may stand before base64.',
    { pointer },
  );
