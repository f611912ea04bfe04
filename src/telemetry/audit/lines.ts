/** The lines of files of the audit log, as bytes; compressed ones (gzip) too. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';

export interface FileLine {
  readonly file: string;
  /** From 1. */
  readonly number: number;
  readonly bytes: Buffer;
  /** False: the file ends in the middle of it. */
  readonly whole: boolean;
}

const LF = 0x0a;

/** @throws Error of the system, or of zlib when a compressed file is damaged */
export async function* linesOf(file: string): AsyncGenerator<FileLine> {
  const source = createReadStream(file);
  const stream = (await isGzip(file)) ? source.pipe(createGunzip()) : source;
  source.on('error', (error) => stream.destroy(error));
  let number = 1;
  let rest: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end; (end = chunk.indexOf(LF, start)) >= 0; start = end + 1) {
      yield { file, number: number++, bytes: joined(rest, chunk.subarray(start, end)), whole: true };
      rest = [];
    }
    if (start < chunk.length) rest.push(chunk.subarray(start));
  }
  if (rest.length > 0) yield { file, number, bytes: Buffer.concat(rest), whole: false };
}

const joined = (rest: Buffer[], last: Buffer): Buffer =>
  rest.length === 0 ? last : Buffer.concat([...rest, last]);

async function isGzip(file: string): Promise<boolean> {
  await using handle = await open(file);
  const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
  return buffer[0] === 0x1f && buffer[1] === 0x8b;
}
