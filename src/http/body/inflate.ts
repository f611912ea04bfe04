/**
 * Inflates compressed bodies (Content-Encoding). zlib works in libuv's threads, a piece at a time; this thread joins the
 * pieces and stops at the limit, so a few kilobytes that would inflate to gigabytes cost no more than the largest body.
 */
import { createGunzip, createInflate } from 'node:zlib';
import { ServingError } from '../../errors.ts';
import type { BodyLimits } from './body.ts';
import { LARGEST_BYTES } from './buffers.ts';
import type { Exchange } from '../exchange.ts';
import { GrowingBody } from './growing-body.ts';

/** RFC 1952, and RFC 1950: `deflate` has a header and a checksum of zlib's. */
export type Coding = 'gzip' | 'deflate';

const CODINGS: Readonly<Record<string, Coding>> = { gzip: 'gzip', 'x-gzip': 'gzip', deflate: 'deflate' };
const ACCEPTED = [['accept-encoding', 'gzip, deflate']] as const;

/** Size of a piece: 320 turns of the event loop for 20 MiB. */
const PIECE_BYTES = 64 * 1024;

/**
 * How the body is compressed; undefined: it is not. `contentEncoding`: the header's codings, in order, as sent.
 * @throws ServingError UNSUPPORTED_MEDIA_TYPE for another coding, and for one on top of another
 */
export function codingOf(contentEncoding: string): Coding | undefined {
  if (contentEncoding === '') return undefined;
  const names = contentEncoding
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && name !== 'identity');
  const [name, second] = names;
  if (name === undefined) return undefined;
  const coding = Object.hasOwn(CODINGS, name) ? CODINGS[name] : undefined;
  if (coding !== undefined && second === undefined) return coding;
  const message = 'The Content-Encoding of the request is not one of gzip, deflate and identity, alone.';
  throw new ServingError('UNSUPPORTED_MEDIA_TYPE', message, { headers: ACCEPTED });
}

/**
 * What `sent`, a body that has been read, inflates to. The permit grows with it. Its memory is used again when the
 * exchange has ended.
 * @throws ServingError BAD_ENCODING, BODY_TOO_LARGE, EMPTY_BODY or OVERLOADED. When the exchange ends before, it
 * rejects too, and nothing is sent.
 */
export async function inflate(
  exchange: Exchange,
  sent: Buffer,
  coding: Coding,
  { maxBytes, permit, buffers }: BodyLimits,
): Promise<Buffer> {
  if (!beginsAs(coding, sent)) throw bad(`The body is not ${coding} data, as its Content-Encoding says.`);
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const body = new GrowingBody(buffers, Math.min(sent.byteLength * 2, LARGEST_BYTES, maxBytes), maxBytes);
  const zlib = coding === 'gzip' ? createGunzip(OPTIONS) : createInflate(OPTIONS);
  let over = false;
  const fail = (error: unknown): void => {
    over = true;
    // A thread may still inflate a piece while `sent` is reused for another request: its result is dropped.
    zlib.destroy();
    reject(error);
  };

  exchange.onEnd(() => {
    if (!over) fail(new ServingError('INTERNAL', 'The exchange has ended.'));
    body.release();
  });
  zlib.on('data', (piece: Buffer) => {
    if (over) return;
    if (body.length + piece.byteLength > maxBytes) return fail(tooLarge(maxBytes));
    try {
      permit.came(piece.byteLength);
    } catch (error) {
      return fail(error);
    }
    body.append(piece);
  });
  zlib.on('end', () => {
    if (over) return;
    if (zlib.bytesWritten < sent.byteLength)
      return fail(bad(`Other bytes follow the ${coding} data of the body.`));
    if (body.length === 0) return fail(new ServingError('EMPTY_BODY', 'Inflated, the body has no bytes.'));
    over = true;
    resolve(body.bytes);
  });
  zlib.on('error', (error: NodeJS.ErrnoException) => {
    if (!over) fail(faultOf(error, coding));
  });
  zlib.end(sent);
  return promise;
}

const OPTIONS = { chunkSize: PIECE_BYTES };

/** Of gzip its magic number, of zlib the method and the check of its header. */
const beginsAs = (coding: Coding, body: Buffer): boolean =>
  coding === 'gzip'
    ? body[0] === 0x1f && body[1] === 0x8b
    : body.length > 1 && (body[0]! & 0x0f) === 8 && body.readUInt16BE() % 31 === 0;

function faultOf(error: NodeJS.ErrnoException, coding: Coding): Error {
  if (error.code === 'Z_BUF_ERROR') return bad(`The ${coding} data of the body is cut off.`, error);
  if (error.code === 'Z_NEED_DICT') return bad(`The ${coding} data of the body needs a dictionary.`, error);
  if (error.code !== 'Z_DATA_ERROR') return error;
  return bad(`The ${coding} data of the body is damaged, or other bytes follow it.`, error);
}

const bad = (message: string, cause?: Error): ServingError =>
  new ServingError('BAD_ENCODING', message, { cause });

const tooLarge = (maxBytes: number): ServingError =>
  new ServingError(
    'BODY_TOO_LARGE',
    `Inflated, the body is larger than the ${maxBytes} bytes that are taken here.`,
  );
