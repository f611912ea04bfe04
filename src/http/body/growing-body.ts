/**
 * A body that grows chunk by chunk in one buffer. Up to the largest size that is reused it doubles; the next size is the
 * limit: pages that are not written to take no memory, and nothing is copied again.
 */
import { LARGEST_BYTES, type BodyBuffers } from './buffers.ts';

export class GrowingBody {
  readonly #buffers: BodyBuffers;
  readonly #maxBytes: number;
  #buffer: Buffer;
  #length = 0;

  /** `expectedBytes`: size of the first buffer, at most `maxBytes`. */
  constructor(buffers: BodyBuffers, expectedBytes: number, maxBytes: number) {
    this.#buffers = buffers;
    this.#maxBytes = maxBytes;
    this.#buffer = buffers.take(expectedBytes);
  }

  get length(): number {
    return this.#length;
  }

  /** All bytes so far, as a view. */
  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Copies `chunk` to the end. The caller has checked that no more than `maxBytes` come together. */
  append(chunk: Uint8Array): void {
    const needed = this.#length + chunk.byteLength;
    if (needed > this.#buffer.byteLength) {
      const doubled = Math.min(needed * 2, this.#maxBytes);
      const larger = this.#buffers.take(doubled > LARGEST_BYTES ? this.#maxBytes : doubled);
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffers.give(this.#buffer);
      this.#buffer = larger;
    }
    this.#buffer.set(chunk, this.#length);
    this.#length = needed;
  }

  /** Gives the buffer back; call it once. No view of it may be used afterwards. */
  release(): void {
    this.#buffers.give(this.#buffer);
  }
}
