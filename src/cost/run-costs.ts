/**
 * How long a run of a model version takes, by rows and by width of the session. The shape (which bucket costs
 * how much more than another) comes from warm-up; how fast the machine is at the moment is learned from every
 * run, with forgetting, and holds for all buckets of a width: other tenants, heat and busy neighbours slow all alike.
 */
import { PAYS_BELOW, type WarmUpRun, type Width } from '../thread/load.ts';

/** Weight of the newest run in the speed: about the last twenty count. */
const FORGETTING = 0.05;
/** Weight of the newest run in the shape, which changes slowly if at all. */
const SHAPE_FORGETTING = 0.02;
/** Weight of the newest run in what all buckets have in common, which is no news of the shape. */
const COMMON_FORGETTING = 0.5;
/** A single run that was interrupted (another process, a page fault) must not teach more than this factor. */
const MOST_PER_RUN = 4;

/** What is known of one bucket. */
export interface BucketCost {
  readonly rows: number;
  readonly width: Width;
  readonly meanMs: number;
  /** Runs seen since the start; 0: known from warm-up alone. */
  readonly observed: number;
}

interface Bucket {
  readonly rows: number;
  /** Milliseconds at speed 1. */
  ms: number;
  observed: number;
}

interface Curve {
  /** Ascending. */
  readonly buckets: Bucket[];
  /** Actual over expected; 2 is a machine at half the speed of warm-up. */
  speed: number;
  /** By what share the last runs, of whatever bucket, were off. */
  common: number;
}

export class RunCosts {
  readonly #curves: Readonly<Record<Width, Curve>>;

  constructor(warmUp: readonly WarmUpRun[]) {
    this.#curves = { narrow: curveOf(warmUp, 'narrow'), wide: curveOf(warmUp, 'wide') };
  }

  /** Whether runs of that many rows have been warmed up on that width. */
  covers(rows: number, width: Width): boolean {
    return rows <= (this.#curves[width].buckets.at(-1)?.rows ?? 0);
  }

  /** Expected milliseconds of a run; 0 when nothing is known. Linear between buckets, and by the row beyond the last. */
  meanMs(rows: number, width: Width): number {
    const { buckets, speed } = this.#curves[width];
    return speed * at(buckets, rows);
  }

  observe(rows: number, width: Width, ms: number): void {
    const curve = this.#curves[width];
    const expected = at(curve.buckets, rows);
    if (expected === 0) return;
    const limit = curve.speed * MOST_PER_RUN;
    const ratio = Math.min(limit, Math.max(curve.speed / MOST_PER_RUN, ms / expected));
    curve.speed += FORGETTING * (ratio - curve.speed);
    const bucket = curve.buckets.find((one) => one.rows >= rows);
    if (bucket === undefined) return;
    bucket.observed++;
    // What the last runs had in common is the speed, on its way; without it the sum of all steps is zero. Otherwise the
    // buckets in use would drift away from those that are not, and with them the cap.
    const surprise = ratio / curve.speed - 1;
    bucket.ms *= 1 + SHAPE_FORGETTING * (surprise - curve.common);
    curve.common += COMMON_FORGETTING * (surprise - curve.common);
  }

  /**
   * The largest batch that is worth having: at most `limit` rows, every doubling makes a row cheaper, and a
   * run stays within `maxMs`. On a CPU it is small for a convolution net and large for a matrix-bound model.
   */
  cap(limit: number, maxMs: number): number {
    const { buckets, speed } = this.#curves.narrow;
    let best: Bucket | undefined;
    for (const bucket of buckets) {
      if (bucket.rows > limit) break;
      if (best === undefined) best = bucket;
      else if (bucket.ms * speed > maxMs) break;
      else if (bucket.ms / bucket.rows <= PAYS_BELOW * (best.ms / best.rows)) best = bucket;
    }
    return best?.rows ?? 1;
  }

  get buckets(): readonly BucketCost[] {
    return (['narrow', 'wide'] as const).flatMap((width) => {
      const { buckets, speed } = this.#curves[width];
      return buckets.map(({ rows, ms, observed }) => ({ rows, width, meanMs: ms * speed, observed }));
    });
  }
}

function curveOf(warmUp: readonly WarmUpRun[], width: Width): Curve {
  const buckets = warmUp
    .filter((run) => run.width === width)
    .map(({ rows, ms }) => ({ rows, ms, observed: 0 }));
  return { buckets: buckets.sort((a, b) => a.rows - b.rows), speed: 1, common: 0 };
}

function at(buckets: readonly Bucket[], rows: number): number {
  let below: Bucket | undefined;
  for (const bucket of buckets) {
    if (bucket.rows >= rows) {
      if (below === undefined || bucket.rows === rows) return bucket.ms;
      return below.ms + ((bucket.ms - below.ms) * (rows - below.rows)) / (bucket.rows - below.rows);
    }
    below = bucket;
  }
  return below === undefined ? 0 : (below.ms * rows) / below.rows;
}
