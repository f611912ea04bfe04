/** What is written into a store: bytes of known length and digest, which can be read again for another attempt. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { ArtifactError } from '../artifact-error.ts';

export interface Content {
  readonly bytes: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  /** The bytes from `from` up to, not including, `to`; by default all. A new stream at each call. */
  readonly open: (from?: number, to?: number) => Readable;
  /** Of JSON that people read in a browser of the store. */
  readonly type: 'application/json' | 'application/octet-stream';
}

export function textContent(text: string): Content {
  const bytes = Buffer.from(text);
  return {
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    open: (from = 0, to = bytes.length) => Readable.from([bytes.subarray(from, to)]),
    type: 'application/json',
  };
}

const READ_BYTES = 256 * 1024;

/** `sha256`: of the file as it was read before. A store that checks it refuses what has changed since. */
export const fileContent = (path: string, bytes: number, sha256: string): Content => ({
  bytes,
  sha256,
  // An empty range has no last byte that could be named.
  open: (from = 0, to = bytes) =>
    from >= to
      ? Readable.from([])
      : createReadStream(path, { start: from, end: to - 1, highWaterMark: READ_BYTES }),
  type: 'application/octet-stream',
});

/** The file was written to between the time its digest was taken and now. */
export const changedHere = (): ArtifactError =>
  new ArtifactError('local', 'A file changed while it was sent: nothing of it was kept. Send it again.');
