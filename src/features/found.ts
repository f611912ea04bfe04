/** What a store gives for a feature of a row of keys: a value, or the reason why there is none. */

/**
 * missing: the store has none. stale: it is too old. invalid: it is none that the input takes. unavailable: the store
 * could not be asked.
 */
export type Lack = 'missing' | 'stale' | 'invalid' | 'unavailable';

export interface Value {
  readonly value: unknown;
  /** When it was true, in milliseconds since 1970; undefined where the store does not say. */
  readonly at: number | undefined;
}

export type Found = Value | Lack;

/** By name of the feature: one for each row of keys, in order. */
export type Columns = ReadonlyMap<string, readonly Found[]>;

/** A feature of which some rows have no value of the store, and got a default. */
export interface Defaulted {
  readonly feature: string;
  readonly reason: Lack;
  /** Places of the rows, from 0, ascending. */
  readonly rows: readonly number[];
}

/** The store has given no answer that can be used. The message has no secret and no word of a client in it. */
export class StoreFault extends Error {
  override readonly name = 'StoreFault';
  /**
   * refused: it has answered with an error, which may be about one row alone. garbled: its answer cannot be read.
   * timeout, down: there was none. open: it was not asked, since it has failed before.
   */
  readonly kind: 'refused' | 'garbled' | 'timeout' | 'down' | 'open';

  constructor(kind: StoreFault['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}
