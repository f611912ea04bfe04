/**
 * Predicts how long a run of a model version takes, by rows and width of the session. The shape (the relative cost of the
 * buckets) comes from warm-up. The current speed of the machine is a moving average over all runs of a width and applies
 * to all its buckets, because other tenants and heat slow all runs alike.
 */
import { pays, PAYS_BELOW, type WarmUpRun, type Width } from '../thread/load.ts';

/** Weight of the newest run in the speed: about the last twenty runs count. */
const FORGETTING = 0.05;
/** Weight of the newest run in the shape, which changes slowly if at all. */
const SHAPE_FORGETTING = 0.02;
/** Weight of the newest run in the deviation that all buckets share, which says nothing about the shape. */
const COMMON_FORGETTING = 0.5;
/** Batches that wait where a queue is long. */
const LONG_QUEUE = 2;
/** A single run counts with at most this factor, because it may have been interrupted (another process, a page fault). */
const MOST_PER_RUN = 4;

/** Predicted cost of one bucket. */
export interface BucketCost {
  readonly rows: number;
  readonly width: Width;
  readonly meanMs: number;
  /** Runs observed since the start; 0: the prediction is that of warm-up. */
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
  /** Relative deviation of the last runs, of any bucket. */
  common: number;
}

export class RunCosts {
  readonly #curves: Readonly<Record<Width, Curve>>;
  readonly #paysBelow: number;

  /** `paysBelow`: share of the cost of a row in a smaller bucket in which one pays where many rows wait. */
  constructor(warmUp: readonly WarmUpRun[], paysBelow = PAYS_BELOW) {
    this.#paysBelow = paysBelow;
    this.#curves = { narrow: curveOf(warmUp, 'narrow'), wide: curveOf(warmUp, 'wide') };
  }

  /** Whether runs of that many rows have been warmed up on that width. */
  covers(rows: number, width: Width): boolean {
    return rows <= (this.#curves[width].buckets.at(-1)?.rows ?? 0);
  }

  /**
   * Predicted mean milliseconds of a run; 0 before anything was measured. Linear between buckets, proportional to rows beyond the
   * last.
   */
  meanMs(rows: number, width: Width): number {
    const { buckets, speed } = this.#curves[width];
    return speed * at(buckets, rows);
  }

  observe(rows: number, width: Width, ms: number): void {
    const curve = this.#curves[width];
    const expected = at(curve.buckets, rows);
    // Nothing could be run at warm-up: the first batch is what there is to know.
    if (curve.buckets.length === 0 && width === 'narrow') curve.buckets.push({ rows, ms, observed: 1 });
    if (expected === 0) return;
    const limit = curve.speed * MOST_PER_RUN;
    const ratio = Math.min(limit, Math.max(curve.speed / MOST_PER_RUN, ms / expected));
    curve.speed += FORGETTING * (ratio - curve.speed);
    const bucket = curve.buckets.find((one) => one.rows >= rows);
    if (bucket === undefined) return;
    bucket.observed++;
    // The deviation that the last runs share is a change of speed that has not been learned yet, so it is subtracted, and
    // all steps sum to zero. Otherwise buckets in use would drift away from the others, and the cap would change.
    const surprise = ratio / curve.speed - 1;
    bucket.ms *= 1 + SHAPE_FORGETTING * (surprise - curve.common);
    curve.common += COMMON_FORGETTING * (surprise - curve.common);
  }

  /**
   * Rows of the largest batch that pays: at most `limit` rows and `maxMs` a run, and a row is cheaper than in the next
   * smaller bucket that pays. On a CPU it is small for a convolution net and large for a matrix-bound model.
   *
   * `queued`: rows that wait. A batch that makes a row less than a tenth cheaper delays its first rows by more than it saves
   * them; it pays because all that wait behind it come sooner, so that at least another one like it has to wait.
   */
  cap(limit: number, maxMs: number, queued = Infinity): number {
    const { buckets, speed } = this.#curves.narrow;
    let best: Bucket | undefined;
    for (const bucket of buckets) {
      if (bucket.rows > limit) break;
      if (best === undefined) best = bucket;
      else if (bucket.ms * speed > maxMs) break;
      else if (pays(bucket, best, queued < LONG_QUEUE * bucket.rows ? PAYS_BELOW : this.#paysBelow))
        best = bucket;
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
