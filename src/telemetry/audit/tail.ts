/** The end of a file of the audit log, from which the chain goes on. */
import { readSync } from 'node:fs';
import { BEGINNING, hashOf, linkedOf, type Link } from './chain.ts';

export interface Tail {
  readonly link: Link;
  /** The last line has no end: its process, its disk or the machine failed while it was written. */
  readonly cut: boolean;
  /** The event of the last whole line; undefined where there is none. */
  readonly event: string | undefined;
  /** Bytes of the file that were looked at. */
  readonly size: number;
}

/** More than two of the longest lines. */
const TAIL_BYTES = 64 * 1024;

const LF = 0x0a;

/** `size`: of the file. Undefined when the file is empty. */
export function tailOf(descriptor: number, size: number): Tail | undefined {
  if (size === 0) return undefined;
  const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES));
  const length = readSync(descriptor, bytes, 0, bytes.length, size - bytes.length);
  const whole = bytes.subarray(0, length);
  const cut = whole.at(-1) !== LF;
  const lines = linesOf(cut ? whole : whole.subarray(0, -1));
  const last = lines.at(-1)!;
  const lastWhole = cut ? lines.at(-2) : last;
  const linked = lastWhole && linkedOf(lastWhole.toString());
  const seq = linked?.seq ?? BEGINNING.seq;
  // What is there now is linked to as it is, be it a line or a part of one: nobody can change it later without being seen.
  return { link: { seq: cut ? seq + 1 : seq, hash: hashOf(last) }, cut, event: linked?.event, size };
}

function linesOf(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  let start = 0;
  for (let end; (end = bytes.indexOf(LF, start)) >= 0; start = end + 1)
    lines.push(bytes.subarray(start, end));
  lines.push(bytes.subarray(start));
  return lines;
}
