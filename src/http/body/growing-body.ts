/**
 * A body that grows chunk by chunk in one buffer, which is there from the first byte on. Up to the largest size that is reused
 * it doubles; the next size is the limit: pages that are not written to take no memory, and nothing is copied again.
 */
import { LARGEST_BYTES, type BodyBuffers } from './buffers.ts';

export class GrowingBody {
  readonly #buffers: BodyBuffers;
  readonly #maxBytes: number;
  readonly #firstBytes: number;
  #buffer: Buffer | undefined;
  #length = 0;

  /** `expectedBytes`: of the whole body; the first buffer has that size where such buffers are reused. */
  constructor(buffers: BodyBuffers, expectedBytes: number, maxBytes: number) {
    this.#buffers = buffers;
    this.#maxBytes = maxBytes;
    this.#firstBytes = Math.min(expectedBytes, maxBytes, LARGEST_BYTES);
  }

  get length(): number {
    return this.#length;
  }

  /** All bytes so far, as a view. */
  get bytes(): Buffer {
    return this.#buffer?.subarray(0, this.#length) ?? Buffer.alloc(0);
  }

  /** Copies `chunk` to the end. The caller has checked that no more than `maxBytes` come together. */
  append(chunk: Uint8Array): void {
    const needed = this.#length + chunk.byteLength;
    const buffer = this.#bufferFor(needed);
    buffer.set(chunk, this.#length);
    this.#length = needed;
  }

  /** Gives the buffer back; call it once. No view of it may be used afterwards. */
  release(): void {
    if (this.#buffer !== undefined) this.#buffers.give(this.#buffer);
  }

  /** The buffer with what is there so far, and room for `needed` bytes. */
  #bufferFor(needed: number): Buffer {
    const buffer = this.#buffer;
    if (buffer !== undefined && needed <= buffer.byteLength) return buffer;
    if (buffer === undefined && needed <= this.#firstBytes) {
      return (this.#buffer = this.#buffers.take(this.#firstBytes));
    }
    const doubled = Math.min(needed * 2, this.#maxBytes);
    const larger = this.#buffers.take(doubled > LARGEST_BYTES ? this.#maxBytes : doubled);
    if (buffer !== undefined) {
      buffer.copy(larger, 0, 0, this.#length);
      this.#buffers.give(buffer);
    }
    return (this.#buffer = larger);
  }
}
