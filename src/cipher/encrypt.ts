/** Encrypts a model file, in pieces of a frame: see format.ts. */
import { createCipheriv, randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';
import {
  ALGORITHM,
  CipherError,
  fileKeyOf,
  framesOf,
  headerBytes,
  ID_BYTES,
  keyIdOf,
  nonceOf,
  SALT_BYTES,
  TAG_BYTES,
  type Header,
} from './format.ts';

const FRAME_BYTES = 1024 * 1024;

/** A new id for the files of a version, which are encrypted together. */
export const newSet = (): string => randomBytes(ID_BYTES).toString('hex');

/** Makes frames of a file of known size. */
export class Encryptor {
  /** What the file begins with. */
  readonly head: Buffer;
  readonly header: Header;
  readonly #key: Buffer;
  readonly #bound: Buffer;
  #frame = 0;

  /** `name`: of the plain file, below the folder of its version. */
  constructor(key: Uint8Array, set: string, name: string, plainBytes: number, frameBytes = FRAME_BYTES) {
    const salt = randomBytes(SALT_BYTES);
    this.header = { frameBytes, plainBytes, keyId: keyIdOf(key), set, salt };
    this.head = headerBytes(this.header);
    this.#key = fileKeyOf(key, salt);
    this.#bound = Buffer.concat([this.head, Buffer.from(name)]);
  }

  /** The next frame of the file. */
  seal(plain: Uint8Array): Buffer {
    const nonce = nonceOf(this.#frame, this.#frame === framesOf(this.header) - 1);
    const cipher = createCipheriv(ALGORITHM, this.#key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(this.#bound);
    this.#frame++;
    return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  }
}

export interface ToEncrypt {
  readonly source: string;
  /** Must not exist. */
  readonly target: string;
  readonly name: string;
}

/** @throws CipherError when the file changes meanwhile; Error of the file system */
export async function encryptFile(
  { source, target, name }: ToEncrypt,
  key: Uint8Array,
  set: string,
): Promise<void> {
  await using from = await open(source, 'r');
  await using to = await open(target, 'wx', 0o644);
  const { size } = await from.stat();
  const encryptor = new Encryptor(key, set, name, size);
  await to.writeFile(encryptor.head);
  const frame = Buffer.alloc(Math.min(FRAME_BYTES, size));
  for (let left = framesOf(encryptor.header), at = 0; left > 0; left--) {
    const wanted = Math.min(FRAME_BYTES, size - at);
    await readFully(from, frame.subarray(0, wanted), source);
    at += wanted;
    await to.writeFile(encryptor.seal(frame.subarray(0, wanted)));
  }
  await to.sync();
}

async function readFully(
  from: Awaited<ReturnType<typeof open>>,
  into: Buffer,
  source: string,
): Promise<void> {
  for (let at = 0; at < into.length;) {
    const { bytesRead } = await from.read(into, at, into.length - at, null);
    if (bytesRead === 0) throw new CipherError(`${source} became shorter while it was read`);
    at += bytesRead;
  }
}

/** The same in memory. */
export function encrypted(
  plain: Buffer,
  key: Uint8Array,
  set: string,
  name: string,
  frameBytes?: number,
): Buffer {
  const encryptor = new Encryptor(key, set, name, plain.length, frameBytes);
  const parts = [encryptor.head];
  const { frameBytes: size } = encryptor.header;
  for (let frame = 0; frame < framesOf(encryptor.header); frame++)
    parts.push(encryptor.seal(plain.subarray(frame * size, (frame + 1) * size)));
  return Buffer.concat(parts);
}
