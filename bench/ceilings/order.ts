/** The messages to a thread of the ceilings, and its reply. */
import type { Width } from '../../src/thread/load.ts';

/** `sharp` is sharp's own pipeline to the same crop: what preprocessing is compared with. */
export type Work = 'decode' | 'run' | 'decode and run' | 'sharp';

export interface ThreadSetup {
  /** A model file and the model.json that describes it. */
  readonly file: string;
  readonly settings: string;
  readonly photographs: readonly Uint8Array[];
  readonly wideThreads: number;
  /** Rows of the largest batch that will be run. */
  readonly maxBatchSize: number;
}

export interface Turns {
  readonly work: Work;
  /** Rows of a batch: photographs decoded, then rows run. */
  readonly rows: number;
  readonly width: Width;
  readonly durationMs: number;
}

export interface Pace {
  /** Rows per second of this thread. */
  readonly perSecond: number;
  /** Median milliseconds of a turn: of `rows` rows. */
  readonly p50: number;
}
