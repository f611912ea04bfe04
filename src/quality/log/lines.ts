/**
 * Lines of a log as they lie in a file: each begins with its request id, so that it is found without parsing a line, which
 * may hold megabytes of inputs behind its facts.
 */
import type { FileHandle } from 'node:fs/promises';
import { REQUEST_ID } from './key.ts';

const LF = 0x0a;
const CHUNK_BYTES = 256 * 1024;

const PREFIX = '{"request_id":"';
const LONGEST_ID = 64;
/** As far as an id and the quote behind it can reach. */
const ID_BYTES = PREFIX.length + LONGEST_ID + 1;

/** Where the inputs begin: inside a string of JSON these characters cannot be, because its quotes are escaped. */
const INPUTS = ',"inputs":';
/** Longest facts of a line, before its inputs. */
const MAX_HEAD_BYTES = 64 * 1024;
/** Most lines have no more. */
const FIRST_READ_BYTES = 4 * 1024;

/** `id`: of a request. `at`: offset of the line in the file. */
export type EachLine = (id: string, at: number) => void;

/**
 * Tells of every whole line of ours from `from` to `size`, and returns where the last whole line ends: what is behind it
 * was cut off, or is being written.
 */
export async function scanLines(
  file: FileHandle,
  from: number,
  size: number,
  each: EachLine,
): Promise<number> {
  const buffer = Buffer.allocUnsafe(Math.max(1, Math.min(CHUNK_BYTES, size - from)));
  let lineAt = from;
  let head = '';
  for (let position = from; position < size;) {
    const wanted = Math.min(buffer.length, size - position);
    const { bytesRead } = await file.read(buffer, 0, wanted, position);
    if (bytesRead === 0) break;
    const chunk = buffer.subarray(0, bytesRead);
    for (let start = 0; ;) {
      const end = chunk.indexOf(LF, start);
      const until = end < 0 ? bytesRead : end;
      head += chunk.toString('latin1', start, Math.min(until, start + ID_BYTES - head.length));
      if (end < 0) break;
      const id = idIn(head);
      if (id !== undefined) each(id, lineAt);
      lineAt = position + end + 1;
      start = end + 1;
      head = '';
    }
    position += bytesRead;
  }
  return lineAt;
}

/**
 * The facts of every whole line of ours from `from` to `size`, and where it ends. A line without an end to its facts is left
 * out.
 */
export async function* headsOf(
  file: FileHandle,
  from: number,
  size: number,
): AsyncGenerator<{ readonly head: string; readonly end: number }> {
  const buffer = Buffer.allocUnsafe(Math.max(1, Math.min(CHUNK_BYTES, size - from)));
  let begun = Buffer.alloc(0);
  for (let position = from; position < size;) {
    const wanted = Math.min(buffer.length, size - position);
    const { bytesRead } = await file.read(buffer, 0, wanted, position);
    if (bytesRead === 0) return;
    for (let start = 0; start < bytesRead;) {
      const found = buffer.subarray(0, bytesRead).indexOf(LF, start);
      const until = found < 0 ? bytesRead : found + 1;
      // Of a line with inputs only the beginning is kept.
      const room = Math.max(0, MAX_HEAD_BYTES - begun.length);
      begun = Buffer.concat([begun, buffer.subarray(start, Math.min(until, start + room))]);
      start = until;
      if (found < 0) break;
      const head = headIn(begun.toString('utf8'));
      begun = Buffer.alloc(0);
      if (head !== undefined && idIn(head) !== undefined) yield { head, end: position + until };
    }
    position += bytesRead;
  }
}

/** The request id that a line begins with; undefined for a line that is none of ours. */
export function idIn(line: string): string | undefined {
  if (!line.startsWith(PREFIX)) return undefined;
  const end = line.indexOf('"', PREFIX.length);
  const id = line.slice(PREFIX.length, end < 0 ? 0 : end);
  return REQUEST_ID.test(id) ? id : undefined;
}

/** The facts of a line as JSON, without its inputs; undefined when it has no end or is too long. */
export function headIn(text: string): string | undefined {
  const end = text.indexOf('\n');
  const line = end < 0 ? text : text.slice(0, end);
  const inputs = line.indexOf(INPUTS);
  if (inputs >= 0) return `${line.slice(0, inputs)}}`;
  return end < 0 ? undefined : line;
}

/** The same of the line that begins at `at`. */
export async function readHead(file: FileHandle, at: number): Promise<string | undefined> {
  for (const bytes of [FIRST_READ_BYTES, MAX_HEAD_BYTES]) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(bytes), 0, bytes, at);
    const head = headIn(buffer.toString('utf8', 0, bytesRead));
    if (head !== undefined) return head;
    if (bytesRead < bytes) return undefined;
  }
  return undefined;
}
