/**
 * The three errors of a fetch, each with one sentence for the client, whatever happened; what did happen is in `cause`,
 * for the log. Causes name hosts and addresses, never a path or a query: signed URLs carry
 * secrets there.
 *
 * What a client can learn from the code:
 * - URL_REFUSED is given for a private address and for a name that does not exist alike, so that names of the
 *   inside cannot be told from made-up ones. It also stands for a bad scheme, port or redirect and for content
 *   that is too large or no image. Nothing is sent to a private address before it is refused, so neither the
 *   code nor the time says whether anything listens there. The time of one DNS look-up is all that shows.
 * - URL_FAILED and URL_TIMEOUT are only given for hosts that may be reached: public ones, about which a client
 *   learns what it could learn itself, and those that the operator named. A resolver that is out of order is
 *   URL_FAILED as well, since a retry helps; that does not depend on what the name stands for.
 */
import { ServingError } from '../errors.ts';

/** The URL, what it leads to or what is found there is not allowed. */
export const refused = (why: string): ServingError =>
  new ServingError('URL_REFUSED', 'The server may not fetch this URL, or it does not lead to an image.', {
    cause: new Error(why),
  });

/** The host could not be reached, or answered with an error. */
export const failed = (why: string, error?: unknown): ServingError =>
  new ServingError('URL_FAILED', 'The host of the URL could not be reached or answered with an error.', {
    cause: new Error(why, { cause: error }),
  });

/** The image was not there within `timeoutMs` milliseconds. */
export const timedOut = (hostname: string, timeoutMs: number): ServingError =>
  new ServingError('URL_TIMEOUT', 'The host of the URL was too slow.', {
    cause: new Error(`${hostname} did not give an image within ${timeoutMs} ms`),
  });
