/**
 * All messages between the main thread and workers. Request bodies are in the worker's slab (slab-layout.ts); only numbers
 * and short strings are posted. Failures are values: an Error that is thrown through Piscina loses its code.
 */
import type { Failure } from '../errors.ts';
import type { ImageHeader } from '../image/header.ts';
import type { LoadTask, OpenTask, SetupTask, UnloadTask, WarmTask, WidenTask, Width } from './load.ts';

/** A range of bytes, from the start of the slot or of `body`. */
export interface Span {
  readonly offset: number;
  readonly length: number;
}

/** One image of a batch, and how many classes to return. */
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
    /** `inputs`: the rows of all entries, one span per declared input. `rows`: the number of rows of each entry. */
    | { readonly kind: 'rows'; readonly inputs: readonly Span[]; readonly rows: readonly number[] };
  /** Bytes that are too large for a slot; transferred. */
  readonly body?: ArrayBuffer;
}

/** Class indexes of one image, most probable first, with their probabilities. */
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
      /** Milliseconds of decoding all images of the batch. */
      readonly decodeMs: number;
      /** Milliseconds of decoding each image; empty for rows. */
      readonly decodeMsOf: readonly number[];
      readonly inferMs: number;
      readonly postMs: number;
    }
  /** The batch was taken back before it started. */
  | { readonly kind: 'cancelled' }
  /** The whole batch failed. */
  | ({ readonly kind: 'failure' } & Failure);

export type WorkerTask = SetupTask | LoadTask | OpenTask | WarmTask | WidenTask | UnloadTask | BatchTask;
