/**
 * Decides, before anything else, whether a request is traced: as its parent says, else by a ratio. Pure but for the
 * random numbers it is given. A request that is not traced leaves nothing behind.
 */
import type { TraceContext } from './context.ts';

export interface Sampling {
  /** Share of the traces that begin here, 0 to 1. */
  readonly ratio: number;
  /**
   * What the trace of a caller means. `trust`: ours is a part of it, and sampled if it is. `link`: a trace of our own
   * begins, sampled by the ratio, which names the caller's.
   */
  readonly parent: 'trust' | 'link';
}

/** Where a request that is traced stands. */
export interface Beginning {
  readonly traceId: string;
  /** The span of the caller that ours is a child of. */
  readonly parent: TraceContext | undefined;
  /** A span of the caller that ours only names. */
  readonly link: TraceContext | undefined;
}

export function begin(
  sent: TraceContext | undefined,
  { ratio, parent }: Sampling,
  ids: TraceIds,
): Beginning | undefined {
  if (sent !== undefined && parent === 'trust') {
    return sent.sampled ? { traceId: sent.traceId, parent: sent, link: undefined } : undefined;
  }
  if (ratio <= 0) return undefined;
  const traceId = ids.traceId();
  return chosen(traceId, ratio) ? { traceId, parent: undefined, link: sent } : undefined;
}

const HEX_DIGITS = 13;
const RANDOM_FROM = 18;

/**
 * The last seven bytes of an id are random by the specification, and all who sample by a ratio compare these: whoever
 * keeps one in ten keeps a part of what another keeps who takes one in five. 52 bits of them are exact in a number.
 */
export const chosen = (traceId: string, ratio: number): boolean =>
  Number.parseInt(traceId.slice(RANDOM_FROM, RANDOM_FROM + HEX_DIGITS), 16) >= (1 - ratio) * 16 ** HEX_DIGITS;

/** Random bytes are had by the page: one at a time costs a call into the system's generator each. */
const POOL_BYTES = 4096;
const ALL_ZERO = /^0+$/;

/** Random ids, in hexadecimal. */
export class TraceIds {
  readonly #fill: (bytes: Buffer) => unknown;
  readonly #pool = Buffer.alloc(POOL_BYTES);
  #at = POOL_BYTES;

  /** `fill` writes random bytes over all of a buffer: crypto.randomFillSync. */
  constructor(fill: (bytes: Buffer) => unknown) {
    this.#fill = fill;
  }

  traceId(): string {
    return this.#take(16);
  }

  spanId(): string {
    return this.#take(8);
  }

  #take(bytes: number): string {
    if (this.#at + bytes > POOL_BYTES) {
      this.#fill(this.#pool);
      this.#at = 0;
    }
    const id = this.#pool.toString('hex', this.#at, this.#at + bytes);
    this.#at += bytes;
    // Nothing but zeros means "no id".
    return ALL_ZERO.test(id) ? this.#take(bytes) : id;
  }
}
