/** What a request's Cache-Control (RFC 9111) allows. */

export interface Directives {
  /** Whether a stored result, or one that is being made for another request, will do. */
  readonly reads: boolean;
  /** Whether the result may be stored. */
  readonly stores: boolean;
}

const ALL: Directives = { reads: true, stores: true };

/**
 * Reads `no-store`, and `no-cache` and `max-age=0`, by which browsers reload. A stored result does not age, so no other
 * directive makes a difference. `value`: of all Cache-Control headers with commas between; empty without one.
 */
export function directivesOf(value: string): Directives {
  if (value === '') return ALL;
  const words = value.split(',').map((word) => word.trim().toLowerCase());
  const stores = !words.includes('no-store');
  return { reads: stores && !words.includes('no-cache') && !words.includes('max-age=0'), stores };
}
