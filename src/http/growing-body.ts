/** A body that grows chunk by chunk in one reused buffer, which doubles when it is full. */
import type { BodyBuffers } from './buffers.ts';

export class GrowingBody {
  readonly #buffers: BodyBuffers;
  readonly #maxBytes: number;
  #buffer: Buffer;
  #length = 0;

  /** `expectedBytes`: the first size of the buffer. `maxBytes`: its largest. */
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
      const larger = this.#buffers.take(Math.min(this.#maxBytes, needed * 2));
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
