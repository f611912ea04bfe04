/** What all workers of a pool are set up with. */
import type { Decoder } from '../thread/load.ts';

export interface WorkerSettings {
  /** Set for a thread that runs no batches: it loads models while workers serve, at a lower priority. */
  readonly background?: boolean;
  /** The module that the thread runs. */
  readonly file: URL;
  readonly decoder: Decoder;
  readonly maxImagePixels: number;
  /** Threads of a wide session: the number of cores that all workers share. */
  readonly wideThreads: number;
}
