/** How long work actually takes, which the cost model of the server has to learn. */
import type { Width } from '../../src/thread/load.ts';
import { rowsOf } from '../../src/thread/payload.ts';
import type { ModelKind } from './kinds.ts';
import type { SimPayload } from './request.ts';
import { slownessAt, type RunNoise, type Noise } from './noise.ts';

export interface Duration {
  /** Of each image, in order; empty for rows. */
  readonly decodeMsOf: readonly number[];
  readonly decodeMs: number;
  readonly inferMs: number;
}

/** The duration of a batch that starts at `at` (milliseconds). */
export function durationOf(
  kind: ModelKind,
  payloads: readonly SimPayload[],
  width: Width,
  at: number,
  noise: Noise,
  { factor, stallMs }: RunNoise,
): Duration {
  const slowness = slownessAt(noise, at) * factor;
  const rows = rowsOf(payloads);
  const decodeMsOf = kind.images === undefined ? [] : payloads.map(({ decodeMs }) => decodeMs * slowness);
  const decodeMs = decodeMsOf.reduce((sum, ms) => sum + ms, 0);
  return { decodeMsOf, decodeMs, inferMs: quietMs(kind, rows, width) * slowness + stallMs };
}

/** Milliseconds of a run on a machine without noise, decoding excluded; linear between buckets. */
export function quietMs({ runs }: ModelKind, rows: number, width: Width): number {
  const curve = runs.filter((run) => run.width === width);
  const above = curve.findIndex((run) => run.rows >= rows);
  if (above < 0) {
    const last = curve.at(-1)!;
    return (last.ms * rows) / last.rows;
  }
  const high = curve[above]!;
  const low = curve[above - 1];
  if (low === undefined || high.rows === rows) return high.ms;
  return low.ms + ((high.ms - low.ms) * (rows - low.rows)) / (high.rows - low.rows);
}
