/**
 * An API key as text: `ortk_`, the id of its row, `_`, and 32 random bytes as 64 hexadecimal digits. The id is no secret: it
 * finds the row, and is what logs and lists show. A fixed form is found by scanners of secrets, and a double click takes all
 * of it. Only a digest of the whole text is kept; 32 random bytes cannot be guessed, so that a slow one would add nothing
 * but time to each request.
 */
import { hash, randomBytes, randomInt } from 'node:crypto';

/** What tells a key from a token. */
export const KEY_PREFIX = 'ortk_';

const ID_LENGTH = 12;
const ID_CHARACTERS = '0123456789abcdefghijklmnopqrstuvwxyz';
const SECRET_BYTES = 32;

export const KEY_ID = /^[0-9a-z]{12}$/;
const KEY = /^ortk_([0-9a-z]{12})_[0-9a-f]{64}$/;
const KEY_LENGTH = KEY_PREFIX.length + ID_LENGTH + 1 + 2 * SECRET_BYTES;

export interface NewKey {
  readonly id: string;
  /** Shown once, and kept nowhere. */
  readonly text: string;
}

export function newKey(): NewKey {
  const id = Array.from({ length: ID_LENGTH }, () => ID_CHARACTERS[randomInt(ID_CHARACTERS.length)]).join('');
  return { id, text: `${KEY_PREFIX}${id}_${randomBytes(SECRET_BYTES).toString('hex')}` };
}

/** The id in a key; undefined when the text is none. */
export const idOfKey = (text: string): string | undefined =>
  text.length === KEY_LENGTH ? KEY.exec(text)?.[1] : undefined;

/** What is kept of a key: 32 bytes. */
export const digestOfKey = (text: string): Buffer => hash('sha256', text, 'buffer');
