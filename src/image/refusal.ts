/** Why an image is not decoded, in the words that the client gets. */
import type { Failure } from '../errors.ts';

/** `subject` is the beginning of a sentence, such as "GIF images are". */
export const unsupported = (subject: string): Failure => ({
  code: 'UNSUPPORTED_IMAGE',
  detail: `${subject} not served; send a JPEG, PNG or WebP with one frame.`,
});

export const truncated = (format: string): Failure => ({
  code: 'IMAGE_TRUNCATED',
  detail: `The ${format} ends before its data does.`,
});

/** `why` is a clause, such as "its width or height is zero". */
export const corrupt = (format: string, why: string): Failure => ({
  code: 'IMAGE_CORRUPT',
  detail: `The ${format} cannot be read: ${why}.`,
});
