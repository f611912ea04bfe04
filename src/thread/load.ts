/** Messages that set a worker up, load a model version into it and warm it up; and what the worker reports. */
import type { Failure } from '../errors.ts';
import type { TensorSpec } from '../tensor/tensor.ts';

export type Decoder = 'turbo' | 'exact';

/** How an image becomes a row: short side to `resize`, centre crop to `crop` x `crop`. */
export interface Preprocess {
  readonly resize: number;
  readonly crop: number;
  readonly filter: 'bicubic' | 'bilinear';
  /** For float inputs: (pixel / 255 - mean) / std, per channel R, G, B. */
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
}

/** First task of a new worker: its memory and the settings that hold for all models. */
export interface SetupTask {
  readonly kind: 'setup';
  readonly slab: SharedArrayBuffer;
  readonly decoder: Decoder;
  /** Limit for the decoders; larger images are refused on the main thread already. */
  readonly maxImagePixels: number;
  /** Set for the thread that loads models beside those that serve: it yields the cores to them. */
  readonly background?: boolean;
}

/** Loads one model version into this worker (an instance) and warms it up. */
export interface LoadTask {
  readonly kind: 'load';
  readonly instance: number;
  readonly file: string;
  /** Execution provider to ask onnxruntime for: cpu, cuda, tensorrt, ... */
  readonly device: string;
  /** What to do when the provider is not there. */
  readonly deviceFallback: 'error' | 'cpu';
  /** Undefined: complete them from the model file. */
  readonly inputs: readonly TensorSpec[] | undefined;
  readonly outputs: readonly TensorSpec[] | undefined;
  /** Set: inputs[0] takes images, and the answer is the top k of outputs[0]. */
  readonly preprocess: Preprocess | undefined;
  readonly softmax: boolean;
  /** Rows that a batch may ever have. */
  readonly maxBatchSize: number;
  /**
   * The largest bucket (1, 2, 4, ..., maxBatchSize) to warm up, where it is known what pays. Undefined: find out, by
   * measuring bucket after bucket until one no longer makes a row cheaper.
   */
  readonly warmUpTo: number | undefined;
  /** Threads of the wide session that this worker holds beside its narrow one (of one thread); 1 for none. */
  readonly wideThreads: number;
  /** Where a compiled form of the model may be kept for the next start; undefined for nowhere. */
  readonly compiledFolder: string | undefined;
}

/**
 * A batch size pays when a row in it costs at most this much of what it costs in the next smaller one that pays. Less
 * than a tenth is within the noise of a start, and not worth the memory: activations of EfficientNet-Lite0 take 12 MB a row.
 */
export const PAYS_BELOW = 0.9;

/** Which of its two sessions a worker runs: one thread, or all cores. */
export type Width = 'narrow' | 'wide';

/** Measured at warm-up: a bucket, on one of the sessions. */
export interface WarmUpRun {
  readonly rows: number;
  readonly width: Width;
  readonly ms: number;
}

/** Opens the narrow session of a model version that another thread has loaded before. Nothing is run. */
export interface OpenTask {
  readonly kind: 'open';
  readonly load: LoadTask;
}

/** Adds the wide session to an instance that is open; reports whether there is one now. */
export interface WidenTask {
  readonly kind: 'widen';
  readonly instance: number;
}

/** Runs one batch of zeros, so that the session plans and allocates for that size; reports its milliseconds. */
export interface WarmTask {
  readonly kind: 'warm';
  readonly instance: number;
  readonly rows: number;
  readonly width: Width;
}

export interface UnloadTask {
  readonly kind: 'unload';
  readonly instance: number;
}

/** What a worker found when it loaded or opened a model version. */
export type LoadReport =
  | {
      readonly ok: true;
      /** The execution provider that the session really got. */
      readonly provider: string;
      /** Why it is not the one asked for. */
      readonly fallbackReason?: string;
      readonly inputs: readonly TensorSpec[];
      readonly outputs: readonly TensorSpec[];
      /** May be smaller than asked for: 1 when the file fixes the batch dimension. */
      readonly maxBatchSize: number;
      /** Milliseconds in which the narrow session was opened, from its compiled form where there is one. */
      readonly openMs: number;
      /** The largest bucket that pays: other threads that hold this version need to warm up no larger one. */
      readonly payingRows: number;
      /** Every bucket that was warmed up, in ascending order, with the fastest of its runs. */
      readonly warmUp: readonly WarmUpRun[];
    }
  | ({ readonly ok: false } & Failure);

/** The report of a model version that can be used. */
export type Loaded = Extract<LoadReport, { ok: true }>;
