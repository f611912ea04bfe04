/**
 * All messages between the main thread and workers. Request bodies are in the worker's slab (slab-layout.ts); only numbers
 * and short strings are posted. Failures are values: an Error that is thrown through Piscina loses its code.
 */
import type { Failure } from '../errors.ts';
import type { ImageHeader } from '../image/header.ts';
import type { Certainty } from '../tensor/certainty.ts';
import type { RowSpec } from '../tensor/tensor.ts';
import type { Occlusion } from './payload.ts';
import type {
  LoadTask,
  OpenTask,
  Preprocess,
  SetupTask,
  TrimTask,
  UnloadTask,
  WarmTask,
  WidenTask,
  Width,
} from './load.ts';

/** A range of bytes, from the start of the slot or of `body`. */
export interface Span {
  readonly offset: number;
  readonly length: number;
}

/** One image of a batch, and how many classes to return; undefined: the outputs as they are. */
export interface ImageItem extends Span {
  readonly header: ImageHeader;
  readonly topK: number | undefined;
  /** Set: copies of the image are run, as many as `rows`; it is the only one of its batch. */
  readonly occluded?: { readonly rows: number; readonly how: Occlusion };
}

/** One input of the model for a whole batch. */
export interface TensorSpan extends Span {
  readonly shape: readonly number[];
}

/** Images whose rows are there already; each member has one value per image. */
export interface DecodedImages {
  readonly kind: 'decoded';
  readonly images: readonly ImageItem[];
  /** One after the other; those of images that failed hold anything. */
  readonly rows: SharedArrayBuffer;
  readonly failures: readonly (Failure | undefined)[];
  readonly looks: readonly (PixelSignals | undefined)[];
  readonly decodeMsOf: readonly number[];
  /** Milliseconds until all of them were there. */
  readonly decodeMs: number;
}

/** Decodes images of another thread's batch. */
export interface DecodeTask {
  readonly kind: 'decode';
  readonly instance: number;
  /** Of that thread, and the slot that the images are in. */
  readonly slab: SharedArrayBuffer;
  readonly slot: number;
  readonly images: readonly ImageItem[];
  /** Where the rows go, and the number of the first of them. */
  readonly rows: SharedArrayBuffer;
  readonly first: number;
  readonly row: RowSpec;
  readonly preprocess: Preprocess;
  readonly signals?: true;
}

/** What came of it, one value per image. */
export type DecodedRows = Pick<DecodedImages, 'kind' | 'failures' | 'looks' | 'decodeMsOf'>;

/** One batch: images, or a tensor for each input of the model. */
export interface BatchTask {
  readonly kind: 'batch';
  readonly instance: number;
  readonly slot: number;
  readonly width: Width;
  readonly payload:
    | { readonly kind: 'images'; readonly images: readonly ImageItem[] }
    | DecodedImages
    /** `inputs`: those of all entries together, in the order of the model's. `rows`: the number of rows of each entry. */
    | { readonly kind: 'tensors'; readonly inputs: readonly TensorSpan[]; readonly rows: readonly number[] };
  /** Bytes that are too large for a slot; transferred. */
  readonly body?: ArrayBuffer;
  /** Set where somebody watches the version: each result says what its image looked like, and how sure the answer is. */
  readonly signals?: true;
}

/** What a picture looks like to a model; levels are 0 to 255. */
export interface PixelSignals {
  /** Mean brightness, in levels. */
  readonly luminance: number;
  /** Standard deviation of the brightness, in levels. */
  readonly contrast: number;
  /** Mean size of the difference between a pixel and its four neighbours together, in levels. */
  readonly sharpness: number;
  /** Mean difference between the strongest and the weakest channel, in levels. */
  readonly saturation: number;
  /** Mean of red less blue, in levels. */
  readonly warmth: number;
}

/** Of one image and its answer. */
export interface Signals extends PixelSignals, Certainty {}

/** Class indexes of one image, most probable first, with their probabilities. */
export interface Classes {
  readonly kind: 'classes';
  readonly classes: readonly number[];
  readonly probabilities: readonly number[];
  /** Whether its probabilities moved too far when it was sanitised; only where that is looked for. */
  readonly suspect?: true;
  readonly signals?: Signals;
}

/** One output: its elements as in src/tensor/tensor.ts, in memory of its own. */
export interface Output {
  readonly shape: readonly number[];
  readonly data: Uint8Array<ArrayBuffer>;
}

/** The outputs of the model, in its order. */
export interface Outputs {
  readonly kind: 'outputs';
  readonly outputs: readonly Output[];
  /** Of an image. */
  readonly signals?: Signals;
}

export type ItemResult = Classes | Outputs | ({ readonly kind: 'failure' } & Failure);

export type BatchResult =
  | {
      readonly kind: 'done';
      /** One per image or entry, in the order of the task. */
      readonly items: readonly ItemResult[];
      /** Milliseconds of decoding all images of the batch. */
      readonly decodeMs: number;
      /** Milliseconds of decoding each image; empty for tensors. */
      readonly decodeMsOf: readonly number[];
      readonly inferMs: number;
      readonly postMs: number;
    }
  /** The batch was taken back before it started. */
  | { readonly kind: 'cancelled' }
  /** The whole batch failed. */
  | ({ readonly kind: 'failure' } & Failure);

export type WorkerTask =
  DecodeTask | SetupTask | LoadTask | OpenTask | WarmTask | WidenTask | UnloadTask | TrimTask | BatchTask;
