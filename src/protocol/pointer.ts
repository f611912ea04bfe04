/** JSON pointers (RFC 6901) to a place in a body or a query. */

/** Most characters of a pointer in an answer: a name may be as long as the body. */
const LONGEST = 200;

/** `pointerTo('images', 2)` is `/images/2`. */
export const pointerTo = (...path: readonly (string | number)[]): string =>
  shortened(path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''));

/** The pointer itself, or its first part when it is very long. */
export const shortened = (pointer: string): string =>
  pointer.length <= LONGEST ? pointer : `${pointer.slice(0, LONGEST)}…`.toWellFormed();
