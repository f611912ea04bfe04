/**
 * Buffers for request bodies, reused: a new one for each request would be freed by the garbage collector only, whose
 * pauses show in the p99 of all requests. Sizes are powers of two; a buffer above the largest size, or beyond what may
 * be kept, is not reused.
 */

const SMALLEST_BYTES = 16 * 1024;
/** Larger buffers are not reused. */
export const LARGEST_BYTES = 2 * 1024 * 1024;

/** Most bytes kept for reuse: some hundred photographs. */
const KEPT_BYTES = 32 * 1024 * 1024;

export class BodyBuffers {
  readonly #free = new Map<number, Buffer[]>();
  #keptBytes = 0;

  /** A buffer of at least `bytes` bytes; its contents are undefined. */
  take(bytes: number): Buffer {
    const size = sizeFor(bytes);
    const reused = this.#free.get(size)?.pop();
    if (reused === undefined) return Buffer.allocUnsafeSlow(size);
    this.#keptBytes -= size;
    return reused;
  }

  /** Takes a buffer back; no view of it may be used afterwards. */
  give(buffer: Buffer): void {
    const size = buffer.byteLength;
    if (size > LARGEST_BYTES || this.#keptBytes + size > KEPT_BYTES) return;
    this.#keptBytes += size;
    const free = this.#free.get(size);
    if (free === undefined) this.#free.set(size, [buffer]);
    else free.push(buffer);
  }
}

function sizeFor(bytes: number): number {
  if (bytes > LARGEST_BYTES) return bytes;
  return Math.max(SMALLEST_BYTES, 2 ** Math.ceil(Math.log2(bytes)));
}
