/**
 * Decides at the headers whether a request is traced: as its parent says, else by a ratio. Pure but for the random
 * numbers that it is given.
 */
import type { TraceContext } from './context.ts';

export interface Sampling {
  /** Share of the traces that begin here, 0 to 1. */
  readonly ratio: number;
  /**
   * What the trace of a caller means. `trust`: the request joins it, and is sampled if it is. `link`: a new trace
   * begins, sampled by the ratio, with a link to the caller's.
   */
  readonly parent: 'trust' | 'link';
}

/** The trace that a sampled request belongs to. */
export interface TraceOrigin {
  readonly traceId: string;
  /** The caller's span, when the request joins its trace. */
  readonly parent: TraceContext | undefined;
  /** The caller's span, when the request only links to it. */
  readonly link: TraceContext | undefined;
}

/** Undefined when the request is not sampled. `sent`: the trace context of the caller. */
export function sample(
  sent: TraceContext | undefined,
  { ratio, parent }: Sampling,
  ids: TraceIds,
): TraceOrigin | undefined {
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
 * The last seven bytes of an id are random by the specification, and every sampler by ratio compares these: what one
 * keeps at a ratio of 0.1 is part of what another keeps at 0.2. 52 bits of them are exact in a number.
 */
export const chosen = (traceId: string, ratio: number): boolean =>
  Number.parseInt(traceId.slice(RANDOM_FROM, RANDOM_FROM + HEX_DIGITS), 16) >= (1 - ratio) * 16 ** HEX_DIGITS;

/** Random bytes are fetched 4 KiB at a time: each fetch is a call into the system's generator. */
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
