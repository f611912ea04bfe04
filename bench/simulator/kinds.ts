/**
 * Models for the simulator: milliseconds of a batch by rows and width. Round numbers in the proportions that
 * `ortolan models profile` reports for such models on two cores.
 */
import type { ImageHeader } from '../../src/image/header.ts';
import type { Place } from '../../src/scheduler/roster.ts';
import type { WarmUpRun } from '../../src/thread/load.ts';

/** An image that clients send, and the milliseconds of decoding it on a machine without noise. */
export interface ImageKind {
  readonly weight: number;
  readonly header: ImageHeader;
  readonly bytes: Uint8Array;
  readonly decodeMs: number;
}

/** The short side that images are scaled to. */
export const RESIZE = 256;

export interface ModelKind {
  readonly name: string;
  readonly sloMs: number;
  readonly maxBatchSize: number;
  readonly maxQueueDelayMs: number;
  /** Milliseconds of each bucket on a machine without noise, as warm-up measures them. */
  readonly runs: readonly WarmUpRun[];
  /** As the option leastBatchGain leaves it; a tenth less where it is left out. */
  readonly paysBelow?: number;
  /** The images that clients send; undefined: the model takes rows. */
  readonly images: readonly [ImageKind, ...ImageKind[]] | undefined;
  /** What it may use of the workers; equal to others where it is left out. */
  readonly place?: Place;
}

/** `narrow`, `wide`: milliseconds of 1, 2, 4, ... rows. */
function runsOf(narrow: readonly number[], wide: readonly number[]): WarmUpRun[] {
  return [
    ...narrow.map((ms, power) => ({ rows: 2 ** power, width: 'narrow' as const, ms })),
    ...wide.map((ms, power) => ({ rows: 2 ** power, width: 'wide' as const, ms })),
  ];
}

type KindSettings = Omit<ModelKind, 'runs' | 'images' | 'maxQueueDelayMs' | 'place'>;

const kind = (settings: KindSettings, narrow: readonly number[], wide: readonly number[]): ModelKind => ({
  ...settings,
  maxQueueDelayMs: 0,
  runs: runsOf(narrow, wide),
  images: undefined,
});

/** A convolution net: a row is no cheaper in a batch than alone. */
export const CONV = kind(
  { name: 'conv', sloMs: 200, maxBatchSize: 64 },
  [6, 11.8, 23.5, 47],
  [3.6, 7, 14, 28],
);

/** The same where a row gains 4 % in a batch of two, and 7.5 % in one of four: EfficientNet-Lite0 in int8 on an EPYC. */
export const LITTLE: ModelKind = {
  ...kind({ name: 'little', sloMs: 200, maxBatchSize: 4 }, [6, 11.52, 22.2], [3.6]),
  paysBelow: 0.97,
};

/** A matrix-bound model, which reads its weights once per batch: additional rows are nearly free. */
export const MATRIX = kind(
  { name: 'matrix', sloMs: 200, maxBatchSize: 32 },
  [20, 21.5, 24.5, 30.5, 42.5, 66.5],
  [11, 12, 13.5, 17, 24, 37],
);

/** One row takes more than half of the SLO. */
export const SLOW = kind({ name: 'slow', sloMs: 200, maxBatchSize: 4 }, [120, 238, 470], [65, 128, 255]);

const jpeg = (
  weight: number,
  width: number,
  height: number,
  kilobytes: number,
  decodeMs: number,
): ImageKind => ({
  weight,
  header: { format: 'jpeg', width, height, fast: true, progressive: false, channels: 3, orientation: 1 },
  bytes: new Uint8Array(kilobytes * 1000),
  decodeMs,
});

/** Photographs for the web, of nearly one size. */
export const WEB_IMAGES = [
  jpeg(6, 500, 375, 45, 1.2),
  jpeg(3, 320, 240, 20, 0.8),
  jpeg(1, 640, 480, 90, 2),
] as const;

/** The same, with one in twenty of 12 megapixels, from a phone. */
export const MIXED_IMAGES = [...WEB_IMAGES, jpeg(0.5, 4000, 3000, 2500, 26)] as const;
