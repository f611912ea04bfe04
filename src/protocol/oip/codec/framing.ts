/**
 * The binary tensor extension: a body is a JSON text, then the raw tensors of those inputs that are not in it. Where the text
 * ends is said by the header Inference-Header-Content-Length alone, never by the content type.
 */
import { ServingError } from '../../../errors.ts';

/** The header's name, as it is written in answers. */
export const HEADER_LENGTH = 'Inference-Header-Content-Length';

export type Framed =
  /** `text`: the JSON; `binary`: the bytes behind it, undefined when the header is missing. */
  | { readonly kind: 'json'; readonly text: Buffer; readonly binary: Buffer | undefined }
  /** The whole body is the one input. */
  | { readonly kind: 'raw'; readonly bytes: Buffer };

const DIGITS = /^\d{1,15}$/;

/** `header`: the value as sent; empty when it is missing. @throws ServingError BAD_HEADER */
export function requireHeaderLength(header: string): void {
  if (header === '' || DIGITS.test(header)) return;
  throw new ServingError('BAD_HEADER', `${HEADER_LENGTH} must be a whole number of bytes.`);
}

/** Whether the body is a tensor and nothing else. */
export const isRaw = (header: string): boolean => header !== '' && Number(header) === 0;

/** `header`: as above. @throws ServingError BAD_HEADER */
export function framesOf(body: Buffer, header: string): Framed {
  requireHeaderLength(header);
  if (header === '') return { kind: 'json', text: body, binary: undefined };
  const length = Number(header);
  if (length > body.length) {
    const message = `${HEADER_LENGTH} is ${length}, and the body has ${body.length} bytes.`;
    throw new ServingError('BAD_HEADER', message);
  }
  return isRaw(header)
    ? { kind: 'raw', bytes: body }
    : { kind: 'json', text: body.subarray(0, length), binary: body.subarray(length) };
}
