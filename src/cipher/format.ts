/**
 * How an encrypted model file is laid out: a header of 88 bytes, then frames of AES-256-GCM. Numbers are big-endian.
 *
 *   0  magic "ORTOLENC"      8  version (1), three zero bytes     12  plain bytes of a frame (u32)
 *  16  plain bytes (u64)    24  id of the key (16)                40  id of the set of files (16)    56  salt (32)
 *
 * Each file has a key of its own, derived from the key and the salt by HKDF-SHA256. The nonce of a frame is its number and
 * whether it is the last, and every frame is bound to the header and to the name of the file: frames that are cut off,
 * moved, repeated or of another file do not open.
 */
import { createHmac, hkdfSync } from 'node:crypto';

/** The file is no encrypted model, or does not open. A sentence without a full stop. */
export class CipherError extends Error {
  override readonly name = 'CipherError';
}

export interface Header {
  /** Plain bytes of every frame but the last. */
  readonly frameBytes: number;
  /** Plain bytes of the file. */
  readonly plainBytes: number;
  /** Id of the key, lower-case hexadecimal. */
  readonly keyId: string;
  /** The same for all files of a version that were encrypted together, lower-case hexadecimal. */
  readonly set: string;
  readonly salt: Buffer;
}

/** What the name of an encrypted file ends with. */
export const ENCRYPTED_SUFFIX = '.enc';

export const ALGORITHM = 'aes-256-gcm';
export const HEADER_BYTES = 88;
export const TAG_BYTES = 16;
export const KEY_BYTES = 32;
export const ID_BYTES = 16;
export const SALT_BYTES = 32;

const MAGIC = Buffer.from('ORTOLENC');
const VERSION = 1;
const MIN_FRAME_BYTES = 4096;
const MAX_FRAME_BYTES = 16 * 1024 * 1024;
const NONCE_BYTES = 12;

/** What tells keys apart, and says nothing of them. */
export const keyIdOf = (key: Uint8Array): string =>
  createHmac('sha256', key)
    .update('ortolan model key')
    .digest('hex')
    .slice(0, 2 * ID_BYTES);

/** The key of one file. */
export const fileKeyOf = (key: Uint8Array, salt: Uint8Array): Buffer =>
  Buffer.from(hkdfSync('sha256', key, salt, 'ortolan model file', KEY_BYTES));

/** Frames of a file; an empty one has one. */
export const framesOf = ({ plainBytes, frameBytes }: Header): number =>
  Math.max(1, Math.ceil(plainBytes / frameBytes));

/** Bytes of the whole file. */
export const sizeOf = (header: Header): number =>
  HEADER_BYTES + header.plainBytes + framesOf(header) * TAG_BYTES;

export function nonceOf(frame: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES);
  nonce.writeBigUInt64BE(BigInt(frame), 3);
  nonce[NONCE_BYTES - 1] = isLast ? 1 : 0;
  return nonce;
}

export function headerBytes({ frameBytes, plainBytes, keyId, set, salt }: Header): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(bytes);
  bytes[8] = VERSION;
  bytes.writeUInt32BE(frameBytes, 12);
  bytes.writeBigUInt64BE(BigInt(plainBytes), 16);
  bytes.write(keyId, 24, 'hex');
  bytes.write(set, 40, 'hex');
  salt.copy(bytes, 56);
  return bytes;
}

/** `size`: bytes of the whole file. @throws CipherError when it is no header, or not of a file of that size */
export function parseHeader(bytes: Buffer, size: number): Header {
  if (bytes.length < HEADER_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC))
    throw new CipherError('it is no encrypted model file');
  if (bytes[8] !== VERSION || bytes.readUIntBE(9, 3) !== 0)
    throw new CipherError(`it is of format ${bytes[8]}, and only ${VERSION} is known`);
  const header: Header = {
    frameBytes: bytes.readUInt32BE(12),
    plainBytes: Number(bytes.readBigUInt64BE(16)),
    keyId: bytes.toString('hex', 24, 40),
    set: bytes.toString('hex', 40, 56),
    salt: Buffer.from(bytes.subarray(56, HEADER_BYTES)),
  };
  if (header.frameBytes < MIN_FRAME_BYTES || header.frameBytes > MAX_FRAME_BYTES)
    throw new CipherError(`it has frames of ${header.frameBytes} bytes`);
  if (!Number.isSafeInteger(header.plainBytes) || sizeOf(header) !== size)
    throw new CipherError(
      `it has ${size} bytes, and has to have ${sizeOf(header)}: it is cut off, or something was added`,
    );
  return header;
}
