/** The one shape of every error answer. The cause is logged, never sent. */
import type { ServingError } from '../../errors.ts';

/** `{error, code, retryable, request_id, pointer?}`; the pointer is left out where it is the whole body. */
export const encodeError = (error: ServingError, requestId: string): string =>
  JSON.stringify({
    error: error.message,
    code: error.code,
    retryable: error.retryable,
    request_id: requestId,
    ...(error.pointer ? { pointer: error.pointer } : {}),
  });
