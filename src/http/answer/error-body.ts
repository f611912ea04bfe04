/** The one shape of every error answer. The cause is logged, never sent. */
import type { ServingError } from '../../errors.ts';

/** `{error, code, retryable, request_id, pointer?}`; the pointer is left out where it is the whole body. */
export function encodeError({ message, code, retryable, pointer }: ServingError, requestId: string): string {
  const text =
    `{"error":${JSON.stringify(message)},"code":"${code}","retryable":${retryable},` +
    `"request_id":${JSON.stringify(requestId)}`;
  return pointer ? `${text},"pointer":${JSON.stringify(pointer)}}` : `${text}}`;
}
