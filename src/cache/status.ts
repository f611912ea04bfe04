/** The Cache-Status header (RFC 9211): what the cache did for a request. */
import type { Directives } from './directives.ts';

/** How many payloads of a request there are, and what became of them. */
export interface Tally {
  readonly payloads: number;
  /** Found in the cache. */
  hits: number;
  /** Answered by the run of an equal payload that was in flight. */
  joined: number;
  /** Run, and then stored. */
  stored: number;
}

export function cacheStatus(
  { payloads, hits, joined, stored }: Tally,
  { reads, stores }: Directives,
): string {
  if (!stores) return 'ortolan; fwd=bypass';
  if (hits === payloads) return 'ortolan; hit';
  const parts = ['ortolan', `fwd=${reads ? (hits > 0 ? 'partial' : 'miss') : 'request'}`];
  if (stored > 0 && hits + joined + stored === payloads) parts.push('stored');
  if (joined > 0) parts.push('collapsed');
  if (hits > 0) parts.push(`detail="${hits} of ${payloads} hit"`);
  return parts.join('; ');
}
