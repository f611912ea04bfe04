/** What the thread that aggregates a federated round is given, and what it returns. */

/** An update on disk. */
export interface UpdateFile {
  readonly file: string;
  /** Where its elements begin, in bytes. */
  readonly offset: number;
  /** Euclidean norm of all its elements. */
  readonly norm: number;
  /** Samples that it counts for. */
  readonly samples: number;
}

export interface AggregationTask {
  readonly updates: readonly UpdateFile[];
  /** Floats of each update. */
  readonly elements: number;
  readonly method: 'mean' | 'trimmed-mean';
  /** Share of the updates that is left out at each end, for trimmed-mean. */
  readonly trim: number;
  /** Largest norm of an update; median: that of the norms. */
  readonly clip: number | 'median' | 'none';
  /** The weights that the updates are added to. */
  readonly base: { readonly file: string; readonly offset: number };
}

export interface Aggregated {
  /** The base and the mean of the updates together; `elements` floats. */
  readonly weights: Float32Array<ArrayBuffer>;
  /** The norm that updates were brought to; undefined where none was set. */
  readonly clippedTo: number | undefined;
  /** Updates that were above it. */
  readonly clipped: number;
  /** Left out at each end of each coordinate. */
  readonly trimmed: number;
  /** Norm of the mean of the updates. */
  readonly norm: number;
}
