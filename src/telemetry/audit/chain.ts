/**
 * The chain of the audit log: each line carries its number and the SHA-256 of the line before it, so that a line that was
 * changed, removed, inserted or moved no longer fits the next one. Pure.
 *
 * It has no key: whoever may write the file can write a whole new chain. What gives that away is a link that is kept
 * elsewhere, such as the one in the log of each start and stop.
 */
import { createHash } from 'node:crypto';

/** Where a chain is: the number of its last line and the digest of that. */
export interface Link {
  readonly seq: number;
  /** Hexadecimal. */
  readonly hash: string;
}

/** Before the first line. */
export const BEGINNING: Link = { seq: 0, hash: '0'.repeat(64) };

/** Marks lines of the audit log among others on the same stream. */
export const STREAM = 'audit';

/** The bytes of a line without its line end. */
export const hashOf = (line: string | Uint8Array): string => createHash('sha256').update(line).digest('hex');

/** The line that follows `last`, without its line end, and the link that it makes. */
export function lineAfter(
  last: Link,
  fields: Readonly<Record<string, unknown>>,
): { line: string; link: Link } {
  const seq = last.seq + 1;
  const line = JSON.stringify({ stream: STREAM, seq, ...fields, prev: last.hash });
  return { line, link: { seq, hash: hashOf(line) } };
}

/** What the chain and its readers need of a line. */
export interface Linked {
  readonly seq: number;
  readonly prev: string;
  readonly event: string;
  /** The line before this one was cut when its process ended. */
  readonly afterCut: boolean;
  /** Entries that could not be written before this one. */
  readonly dropped: number;
}

/** Undefined when the line is not one of the audit log, or not a whole one. */
export function linkedOf(line: string): Linked | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { stream, seq, prev, event, after_cut: cut, dropped = 0 } = value as Record<string, unknown>;
  if (stream !== STREAM || !Number.isSafeInteger(seq) || typeof prev !== 'string') return undefined;
  return {
    seq: seq as number,
    prev,
    event: typeof event === 'string' ? event : '',
    afterCut: cut === true,
    dropped: typeof dropped === 'number' ? dropped : 0,
  };
}
