/** Opens an encrypted model file frame by frame; nothing of a frame is given out before it is known to be genuine. */
import { createDecipheriv } from 'node:crypto';
import {
  ALGORITHM,
  CipherError,
  fileKeyOf,
  framesOf,
  HEADER_BYTES,
  nonceOf,
  parseHeader,
  TAG_BYTES,
  type Header,
} from './format.ts';

/** Keys by their ids. */
export type Keys = ReadonlyMap<string, Uint8Array>;

export class Decryptor {
  readonly header: Header;
  readonly #key: Buffer;
  readonly #bound: Buffer;
  readonly #frames: number;
  #frame = 0;

  /** `head`: the first HEADER_BYTES of the file; `size`: of all of it; `name`: as it was encrypted. @throws CipherError */
  constructor(head: Buffer, size: number, name: string, keys: Keys) {
    this.header = parseHeader(head, size);
    const key = keys.get(this.header.keyId);
    if (key === undefined) throw new CipherError(unknownKey(this.header.keyId, keys));
    this.#key = fileKeyOf(key, this.header.salt);
    this.#bound = Buffer.concat([head.subarray(0, HEADER_BYTES), Buffer.from(name)]);
    this.#frames = framesOf(this.header);
  }

  /** Bytes of the next frame in the file; 0 after the last. */
  get next(): number {
    if (this.#frame === this.#frames) return 0;
    const { frameBytes, plainBytes } = this.header;
    return Math.min(frameBytes, plainBytes - this.#frame * frameBytes) + TAG_BYTES;
  }

  /** The plain bytes of the next frame. @throws CipherError unless it is genuine */
  open(frame: Buffer): Buffer {
    const nonce = nonceOf(this.#frame, this.#frame === this.#frames - 1);
    const cipher = createDecipheriv(ALGORITHM, this.#key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(this.#bound);
    cipher.setAuthTag(frame.subarray(frame.length - TAG_BYTES));
    const plain = cipher.update(frame.subarray(0, frame.length - TAG_BYTES));
    try {
      cipher.final();
    } catch {
      throw new CipherError(
        `its frame ${this.#frame + 1} of ${this.#frames} is not as it was encrypted, or the key is another one`,
      );
    }
    this.#frame++;
    return plain;
  }
}

function unknownKey(id: string, keys: Keys): string {
  const known = [...keys.keys()].join(', ');
  return `it is encrypted with the key ${id}, and modelKeyFile gives ${known === '' ? 'none' : known}`;
}

/** A whole file in memory. @throws CipherError */
export function decrypted(bytes: Buffer, name: string, keys: Keys): Buffer {
  const decryptor = new Decryptor(bytes, bytes.length, name, keys);
  const plain = [];
  let at = HEADER_BYTES;
  for (let next; (next = decryptor.next) > 0; at += next)
    plain.push(decryptor.open(bytes.subarray(at, at + next)));
  return Buffer.concat(plain);
}
