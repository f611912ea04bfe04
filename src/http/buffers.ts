/**
 * Buffers for request bodies, used again and again: a fresh one for each request is freed by the garbage
 * collector alone, and its pauses are the tail of everybody else's latency. Sizes are powers of two; what is
 * larger than the largest, or does not fit into what may be kept, is a buffer of its own.
 */

const SMALLEST_BYTES = 16 * 1024;
const LARGEST_BYTES = 2 * 1024 * 1024;

/** What is kept for reuse at most: some hundred photographs. */
const KEPT_BYTES = 32 * 1024 * 1024;

export class BodyBuffers {
  readonly #free = new Map<number, Buffer[]>();
  #keptBytes = 0;

  /** A buffer of at least `bytes` bytes, with whatever was in it before. */
  take(bytes: number): Buffer {
    const size = sizeFor(bytes);
    const reused = this.#free.get(size)?.pop();
    if (reused === undefined) return Buffer.allocUnsafeSlow(size);
    this.#keptBytes -= size;
    return reused;
  }

  /** Takes a buffer back; nobody may hold a view of it any more. */
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
