/** The errors for images that are not decoded. */
import type { Failure } from '../errors.ts';

/** `subject` begins the sentence, such as "GIF images"; `instead` is what to send. */
export const unsupported = (subject: string, instead = 'a JPEG, PNG or WebP with one frame'): Failure => ({
  code: 'UNSUPPORTED_IMAGE',
  detail: `${subject} are not served; send ${instead}.`,
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
