/**
 * What crosses the thread boundary, whole. Bodies lie in the worker's slab (a SharedArrayBuffer, laid out
 * here); only numbers and short strings are posted. Failures are values: an Error that is thrown through
 * Piscina loses its code.
 */
import type { Failure } from '../errors.ts';
import type { ImageHeader } from '../image/header.ts';
import type { TensorSpec } from '../tensor/tensor.ts';

/** Tasks that a worker may hold: the one that runs and the one prefetched behind it. */
export const SLOTS_PER_WORKER = 2;

/** One slot-state word per cache line, so that the two threads do not fight over one. */
const SLOT_STATE_STRIDE = 64;
const SLAB_HEADER_BYTES = SLOTS_PER_WORKER * SLOT_STATE_STRIDE;

/**
 * A slot is taken by the main thread (ready) and freed by it when the answer is there. In between it changes
 * by Atomics.compareExchange alone: ready -> running by the worker, or ready -> cancelled by the main thread.
 */
export const SLOT_FREE = 0;
export const SLOT_READY = 1;
export const SLOT_RUNNING = 2;
export const SLOT_CANCELLED = 3;

export const slabBytes = (slotBytes: number): number => SLAB_HEADER_BYTES + SLOTS_PER_WORKER * slotBytes;

/** The state words of a slab; index them with slotStateIndex. */
export const slotStates = (slab: SharedArrayBuffer): Int32Array =>
  new Int32Array(slab, 0, SLAB_HEADER_BYTES / Int32Array.BYTES_PER_ELEMENT);

export const slotStateIndex = (slot: number): number =>
  (slot * SLOT_STATE_STRIDE) / Int32Array.BYTES_PER_ELEMENT;

/** The byte area of one slot; 64-byte aligned when slotBytes is. */
export function slotBody(slab: SharedArrayBuffer, slot: number): Uint8Array {
  const slotBytes = (slab.byteLength - SLAB_HEADER_BYTES) / SLOTS_PER_WORKER;
  return new Uint8Array(slab, SLAB_HEADER_BYTES + slot * slotBytes, slotBytes);
}

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

export interface UnloadTask {
  readonly kind: 'unload';
  readonly instance: number;
}

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
      /** Every bucket that was warmed up, in ascending order, with the fastest of its runs. */
      readonly warmUp: readonly WarmUpRun[];
    }
  | ({ readonly ok: false } & Failure);

/** Where some bytes lie: from the start of the slot, or of `body`. */
export interface Span {
  readonly offset: number;
  readonly length: number;
}

/** One image of a batch, and how many of its classes are wanted. */
export interface ImageItem extends Span {
  readonly header: ImageHeader;
  readonly topK: number;
}

/** One batch: images to classify, or rows for each input of the model. */
export interface BatchTask {
  readonly kind: 'batch';
  readonly instance: number;
  readonly slot: number;
  readonly width: Width;
  readonly payload:
    | { readonly kind: 'images'; readonly images: readonly ImageItem[] }
    /** `inputs`: the rows of all entries, one span per declared input; `rows`: how many each entry brought. */
    | { readonly kind: 'rows'; readonly inputs: readonly Span[]; readonly rows: readonly number[] };
  /** Bytes too large for a slot travel here, transferred. */
  readonly body?: ArrayBuffer;
}

/** Class numbers of one image, most probable first, with their probabilities. */
export interface Classes {
  readonly kind: 'classes';
  readonly classes: readonly number[];
  readonly probabilities: readonly number[];
}

/** Raw little-endian rows, one buffer per declared output. */
export interface Outputs {
  readonly kind: 'outputs';
  readonly outputs: readonly ArrayBuffer[];
}

export type ItemResult = Classes | Outputs | ({ readonly kind: 'failure' } & Failure);

export type BatchResult =
  | {
      readonly kind: 'done';
      /** One per image or entry, in the order of the task. */
      readonly items: readonly ItemResult[];
      /** Decoding of all images of the batch, one after the other. */
      readonly decodeMs: number;
      /** The same for each image; empty for rows. */
      readonly decodeMsOf: readonly number[];
      readonly inferMs: number;
      readonly postMs: number;
    }
  /** The batch was taken back before it started. */
  | { readonly kind: 'cancelled' }
  /** The whole batch failed. */
  | ({ readonly kind: 'failure' } & Failure);

export type WorkerTask = SetupTask | LoadTask | UnloadTask | BatchTask;
