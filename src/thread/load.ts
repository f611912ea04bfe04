/** Messages that set up a worker, load a model version into it and warm it up, and the worker's reports. */
import type { Failure } from '../errors.ts';
import type { RecordPlace } from './run-record.ts';
import type { TensorSpec } from '../tensor/tensor.ts';

export type Decoder = 'turbo' | 'exact';

/** How an image becomes a row: short side scaled to `resize` pixels, centre crop to `crop` x `crop`. */
export interface Preprocess {
  readonly resize: number;
  readonly crop: number;
  readonly filter: 'bicubic' | 'bilinear';
  /** For float inputs: (pixel / 255 - mean) / std, per channel R, G, B. */
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  readonly sanitise?: Sanitise;
}

/** What is removed from a crop before the model sees it: at least one of the first two. */
export interface Sanitise {
  readonly jpegQuality?: number;
  /** To a channel, 1 to 7. */
  readonly bits?: number;
  /** The bare crop gives the answer; an image whose probabilities are further than this from those of the sanitised is suspect. */
  readonly detectAbove?: number;
}

/** First task of a new worker: its memory and the settings for all models. */
export interface SetupTask {
  readonly kind: 'setup';
  readonly slab: SharedArrayBuffer;
  readonly decoder: Decoder;
  /** Limit of the decoders; the main thread refuses larger images by their header. */
  readonly maxImagePixels: number;
  /** Where the thread has on record what it does, for after a crash. */
  readonly record?: RecordPlace | undefined;
  /** Set for the thread that loads models while workers serve: it runs at a lower priority. */
  readonly background?: boolean;
}

export type Batching = 'auto' | 'always' | 'never';

/** Whether rows of different requests are run together, and why they are not. */
export interface Joins {
  readonly rows: boolean;
  /** A sentence without a full stop, for people. */
  readonly reason?: string;
}

/** What a version was opened from. */
export interface OpenedFiles {
  /** Changes when the model's files are written or replaced. */
  readonly stamp: string;
  /** Of their content; undefined where it was not read. */
  readonly digest: string | undefined;
  /** The file that the session was opened from: the model, or its compiled form. */
  readonly openFrom: string;
}

/** What the files of a version have to be, where they are read into memory and opened from there. */
export interface Content {
  /** Lower-case hexadecimal sha256 of each file, by its path below the folder of the model. */
  readonly digests: ReadonlyMap<string, string>;
  /** Of an encrypted version, by id; undefined: its files are plain. */
  readonly keys?: ReadonlyMap<string, Uint8Array> | undefined;
  /** Known to this process alone; authenticates compiled forms. Undefined: none is made. */
  readonly formSecret?: Uint8Array | undefined;
}

/** What was changed in the graph of a model before onnxruntime optimised it. */
export interface Rewrites {
  /** Names of the rewrites; empty where it was refused. */
  readonly applied: readonly string[];
  /** Why the graph is served as it was made: a sentence without a full stop, for people. */
  readonly reason?: string;
}

/** Loads one model version (an instance) into this worker and warms it up. */
export interface LoadTask {
  readonly kind: 'load';
  readonly instance: number;
  readonly file: string;
  /** As src/thread/device.ts names it. Sessions of any but the CPU are in a process of their own. */
  readonly device: string;
  /** What to do when the provider is not available. */
  readonly deviceFallback: 'error' | 'cpu';
  /** As model.json declares them, with the shape of a row, or the whole shape of one without a batch; undefined: all of the file. */
  readonly inputs: readonly TensorSpec[] | undefined;
  readonly outputs: readonly TensorSpec[] | undefined;
  /** Whether rows of different requests may be run together: `auto` finds out. */
  readonly batching: Batching;
  /** What an earlier load has found out; undefined: find out. */
  readonly joins?: Joins | undefined;
  /** Set: inputs[0] takes images, and the result is the top k of outputs[0]. */
  readonly preprocess: Preprocess | undefined;
  readonly softmax: boolean;
  /** Maximum rows of a batch. */
  readonly maxBatchSize: number;
  /**
   * The largest bucket (1, 2, 4, ..., maxBatchSize) to warm up, where the largest that pays is known. Undefined: measure
   * one bucket after the other until one does not make a row cheaper.
   */
  readonly warmUpTo: number | undefined;
  /** A bucket pays from this share of the cost of a row in the next smaller one on; PAYS_BELOW where it is left out. */
  readonly paysBelow?: number | undefined;
  /** The compiled form that another thread has checked just now; undefined: find it, or make it. */
  readonly openFrom?: string | undefined;
  /** Set for a thread that replaces one: it has to open what the others serve, and fails when that is not there any more. */
  readonly served?: OpenedFiles | undefined;
  /** Set for a version that was verified, or is encrypted: no thread opens anything else. */
  readonly content?: Content | undefined;
  /** Batches of several rows that take longer are never run: a device that is slow does not warm them up. */
  readonly longestRunMs?: number | undefined;
  /** Set: its sessions are in a process of their own, which is ended when a run, or a load, takes longer than that. */
  readonly isolation?:
    { readonly killAfterMs: number; readonly killLoadAfterMs?: number | undefined } | undefined;
  /** Threads of this worker's wide session; 1: it has only its narrow session, of one thread. */
  readonly wideThreads: number;
  /** Folder in which compiled forms of models are kept; undefined: none are. */
  readonly compiledFolder: string | undefined;
  /** Whether the graph of a compiled form may be rewritten before. */
  readonly graphRewrites?: boolean | undefined;
  /** Why it may not, where rewritten it did not answer its golden samples: a sentence without a full stop. */
  readonly rewritesRefused?: string | undefined;
}

/**
 * A batch size pays when a row costs at most this share of a row in the next smaller size that pays. A gain of less than a
 * tenth is within the noise of a start, and not worth the memory: activations of EfficientNet-Lite0 take 12 MB a row.
 */
export const PAYS_BELOW = 0.9;

/** Whether a row is cheaper in a bucket than in a smaller one; the first bucket always pays. */
export const pays = (
  { rows, ms }: Pick<WarmUpRun, 'rows' | 'ms'>,
  smaller: Pick<WarmUpRun, 'rows' | 'ms'> | undefined,
  below = PAYS_BELOW,
): boolean => smaller === undefined || ms / rows <= (smaller.ms / smaller.rows) * below;

/** Batch sizes that are warmed up: 1, 2, 4, ... and `limit`. */
export function bucketsUpTo(limit: number): number[] {
  const buckets = [];
  for (let rows = 1; rows < limit; rows *= 2) buckets.push(rows);
  return [...buckets, limit];
}

/** Largest bucket on the wide session, which runs the small batches of an idle server. */
export const WIDE_ROWS = 4;

/** Which session runs a batch: narrow (one thread) or wide (all cores). */
export type Width = 'narrow' | 'wide';

/** A warm-up measurement: milliseconds of a batch of `rows` rows on a session of that width. */
export interface WarmUpRun {
  readonly rows: number;
  readonly width: Width;
  readonly ms: number;
}

/** Opens the narrow session of a model version that another thread has loaded before. Runs nothing. */
export interface OpenTask {
  readonly kind: 'open';
  readonly load: LoadTask;
}

/** Adds the wide session to an open instance; reports whether it now has one. */
export interface WidenTask {
  readonly kind: 'widen';
  readonly instance: number;
}

/** Runs one batch of zeros, so that the session plans and allocates for that size; reports milliseconds. */
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

/** Gives the memory that versions have left behind back to the system. */
export interface TrimTask {
  readonly kind: 'trim';
}

/** The hardware, or the program in its place, that a driver presents. */
export interface Adapter {
  readonly name: string;
  /** Whether it is a program that computes on the CPU. */
  readonly software: boolean;
}

/** The worker's report after loading or opening a model version. */
export type LoadReport =
  | {
      readonly ok: true;
      /** The device that the session runs on. */
      readonly provider: string;
      /** What that is on this machine, where it is not the CPU and its driver says. */
      readonly adapter?: Adapter | undefined;
      /** Largest difference of an answer to a made-up row from the CPU's, over the largest number of that answer. */
      readonly difference?: number | undefined;
      /** Why it is not the one requested. */
      readonly fallbackReason?: string;
      readonly inputs: readonly TensorSpec[];
      readonly outputs: readonly TensorSpec[];
      /** May be smaller than requested: 1 when the file fixes the batch dimension, or rows are not joined. */
      readonly maxBatchSize: number;
      readonly joins: Joins;
      readonly opened: OpenedFiles;
      /** Undefined where nothing was to be rewritten. */
      readonly rewrites?: Rewrites | undefined;
      /** Milliseconds of opening the narrow session, from its compiled form where there is one. */
      readonly openMs: number;
      /** Rows of the largest bucket that pays: other threads need not warm up larger ones. */
      readonly payingRows: number;
      /** The fastest run of every bucket that was warmed up, in ascending order. */
      readonly warmUp: readonly WarmUpRun[];
    }
  | ({ readonly ok: false } & Failure);

/** The report of a successful load. */
export type Loaded = Extract<LoadReport, { ok: true }>;
