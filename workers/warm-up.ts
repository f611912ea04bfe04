/**
 * Warm-up: runs batches of increasing size before a model serves, and measures them. Stops when larger batches do not pay,
 * so that a start stays short. It is given a function that runs rows.
 */
import { bucketsUpTo, pays, PAYS_BELOW, WIDE_ROWS, type WarmUpRun } from '../src/thread/load.ts';

export interface WarmUpPlan {
  /** Maximum rows of a batch. */
  readonly maxBatchSize: number;
  /** The largest bucket to run; undefined: stop after the first that does not pay. */
  readonly upTo: number | undefined;
  /** Of a row in the next smaller bucket, in which a bucket pays; PAYS_BELOW where it is left out. */
  readonly paysBelow?: number | undefined;
}

/** Runs a batch of that many rows; returns milliseconds. */
export type RunRows = (rows: number) => Promise<number>;

/** Longer runs are measured once: noise is small relative to them, and a start should be short. */
const LONG_RUN_MS = 10;

/** Pairs of runs of two buckets, in turn, where a gain of less than a tenth counts: a start is noisy. */
const PAIRS = 6;

/** Returns the fastest run of each bucket, in ascending order; the last one may be the first that did not pay. */
export async function warmUpNarrow(
  { maxBatchSize, upTo, paysBelow = PAYS_BELOW }: WarmUpPlan,
  run: RunRows,
): Promise<WarmUpRun[]> {
  const measured: WarmUpRun[] = [];
  for (const rows of bucketsUpTo(Math.min(upTo ?? maxBatchSize, maxBatchSize))) {
    let one: WarmUpRun = { rows, width: 'narrow', ms: await fastest(() => run(rows)) };
    const smaller = measured.at(-1);
    if (smaller !== undefined && upTo === undefined && paysBelow > PAYS_BELOW) {
      const [less, more] = await inTurn(smaller, one, run);
      measured.splice(-1, 1, less);
      one = more;
    } else if (smaller !== undefined && upTo === undefined && pays(one, smaller)) {
      // The smaller bucket may have been disturbed by other threads during the start: measure it again, because running
      // ever larger buckets by mistake costs the most.
      const again = await fastest(() => run(smaller.rows));
      measured.splice(-1, 1, { ...smaller, ms: Math.min(smaller.ms, again) });
    }
    measured.push(one);
    if (upTo === undefined && !pays(one, measured.at(-2), paysBelow)) break;
  }
  return measured;
}

/** Both with the fastest of further runs, in turn. */
async function inTurn(smaller: WarmUpRun, larger: WarmUpRun, run: RunRows): Promise<[WarmUpRun, WarmUpRun]> {
  let [less, more] = [smaller.ms, larger.ms];
  for (let left = PAIRS; left > 0; left--) {
    less = Math.min(less, await run(smaller.rows));
    more = Math.min(more, await run(larger.rows));
  }
  return [
    { ...smaller, ms: less },
    { ...larger, ms: more },
  ];
}

/** A start is not to take much longer for batches that might pay. */
const DEVICE_BUDGET_MS = 10_000;

export interface DevicePlan extends WarmUpPlan {
  /** Milliseconds of one row, measured. */
  readonly oneMs: number;
  /** Longer batches are never run. */
  readonly longestMs: number;
}

/**
 * As warmUpNarrow(), for a device, whose first run of a size is compiled. Ends before a bucket that
 * is too long to be of use, or that would make the start long, where a row costs what it costs in the bucket before.
 */
export async function warmUpDevice(
  { maxBatchSize, upTo, oneMs, longestMs }: DevicePlan,
  run: RunRows,
): Promise<WarmUpRun[]> {
  const measured: WarmUpRun[] = [{ rows: 1, width: 'narrow', ms: oneMs }];
  let spentMs = 0;
  for (const rows of bucketsUpTo(Math.min(upTo ?? maxBatchSize, maxBatchSize)).filter((size) => size > 1)) {
    const smaller = measured.at(-1)!;
    const expectedMs = (smaller.ms / smaller.rows) * rows;
    if (expectedMs > longestMs || spentMs + 2 * expectedMs > DEVICE_BUDGET_MS) break;
    const timed = async (): Promise<number> => {
      const ms = await run(rows);
      spentMs += ms;
      return ms;
    };
    const one: WarmUpRun = { rows, width: 'narrow', ms: await fastest(timed) };
    measured.push(one);
    if (upTo === undefined && !pays(one, smaller)) break;
  }
  return measured;
}

/** Returns the fastest run on the wide session of each small bucket that pays on the narrow one, by a tenth: it is for few rows. */
export async function warmUpWide(narrow: readonly WarmUpRun[], run: RunRows): Promise<WarmUpRun[]> {
  const measured: WarmUpRun[] = [];
  for (const [index, one] of narrow.entries()) {
    if (one.rows > WIDE_ROWS || !pays(one, narrow[index - 1])) break;
    measured.push({ rows: one.rows, width: 'wide', ms: await fastest(() => run(one.rows)) });
  }
  return measured;
}

/** Returns the buckets that pay. */
export const paying = (narrow: readonly WarmUpRun[], below?: number): readonly WarmUpRun[] =>
  narrow.filter((one, index) => pays(one, narrow[index - 1], below));

/** Returns milliseconds. The first run of a size plans and allocates, and does not count. */
async function fastest(run: () => Promise<number>): Promise<number> {
  await run();
  const first = await run();
  return first > LONG_RUN_MS ? first : Math.min(first, await run());
}
