/** Request ids as numbers of 53 bits, for tables in typed arrays. Two ids may have the same: a line says which it is. Pure. */
import { hash } from 'node:crypto';

/** What a client may send as its request id, and what the server makes where it sends none. */
export const REQUEST_ID = /^[\w.-]{1,64}$/;

/**
 * From 1 to 2^53 - 1. `salt`: of the file, which no client knows: it chooses its ids, and must not be able to choose those
 * that lie in one place of a table.
 */
export function keyOf(requestId: string, salt: string): number {
  const digest = hash('sha256', salt + requestId, 'buffer');
  return digest.readUIntBE(0, 6) * 32 + (digest[6]! & 31) || 1;
}
