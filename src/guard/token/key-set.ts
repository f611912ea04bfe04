/** The public keys of an issuer of tokens (JWK set, RFC 7517), checked and ready to verify. */
import type { createLocalJWKSet, JWTVerifyGetKey } from 'jose';

/** More keys than any issuer has, while it replaces them. */
const MAX_KEYS = 100;

/** The text is no set of keys that could verify anything; the message is the end of a sentence. */
export class KeySetFault extends Error {
  override readonly name = 'KeySetFault';
}

export interface KeySet {
  readonly keys: number;
  /** Gives jose the key of a token. */
  readonly keyOf: JWTVerifyGetKey;
  /** As it was read, to be kept. */
  readonly text: string;
}

/**
 * Reads a set. Keys that are not for verifying are left out: symmetric ones, with which whoever reads the set could sign, and
 * those for encryption.
 * @throws KeySetFault
 */
export function parseKeySet(text: string, createSet: typeof createLocalJWKSet): KeySet {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw new KeySetFault('is not valid JSON');
  }
  const all = (content as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(all)) throw new KeySetFault('has no array `keys`');
  if (all.length > MAX_KEYS) throw new KeySetFault(`has ${all.length} keys, more than ${MAX_KEYS}`);
  const keys = all.filter(canVerify);
  if (keys.length === 0) throw new KeySetFault('has no public key that can verify a signature');
  return { keys: keys.length, keyOf: createSet({ keys }), text };
}

interface Jwk extends Record<string, unknown> {
  readonly kty: string;
}

const KINDS: ReadonlySet<unknown> = new Set(['RSA', 'EC', 'OKP']);

function canVerify(value: unknown): value is Jwk {
  if (typeof value !== 'object' || value === null) return false;
  const { kty, use, d } = value as Record<string, unknown>;
  // With `d` it is a private key, which has no place in a set that is published.
  return KINDS.has(kty) && d === undefined && (use === undefined || use === 'sig');
}
