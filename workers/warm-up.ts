/**
 * Which batch sizes a model runs before it serves, on which of its sessions, and what each run took. Knows no model:
 * it is given a way to run rows. It stops where larger batches no longer pay, so that a start stays short.
 */
import { PAYS_BELOW, type WarmUpRun } from '../src/thread/load.ts';

export interface WarmUpPlan {
  /** Rows that a batch may ever have. */
  readonly maxBatchSize: number;
  /** The largest bucket to run; undefined: until one no longer pays. */
  readonly upTo: number | undefined;
}

/** Runs that many rows, and gives the milliseconds that took. */
export type RunRows = (rows: number) => Promise<number>;

/** A run that takes this long is measured once: noise is small beside it, and a start should not be long. */
const LONG_RUN_MS = 10;

/** The wide session is for the few rows of a quiet server: more of them are better spread over narrow sessions. */
const WIDE_ROWS = 4;

/** Gives the fastest measured run of each bucket, in ascending order. One that turned out not to pay is the last. */
export async function warmUpNarrow({ maxBatchSize, upTo }: WarmUpPlan, run: RunRows): Promise<WarmUpRun[]> {
  const measured: WarmUpRun[] = [];
  for (const rows of bucketsUpTo(Math.min(upTo ?? maxBatchSize, maxBatchSize))) {
    const one: WarmUpRun = { rows, width: 'narrow', ms: await fastest(() => run(rows)) };
    const smaller = measured.at(-1);
    if (smaller !== undefined && upTo === undefined && pays(one, smaller)) {
      // Or was the smaller one disturbed, by the other threads of a start? Going on by mistake costs the most.
      const again = await fastest(() => run(smaller.rows));
      measured.splice(-1, 1, { ...smaller, ms: Math.min(smaller.ms, again) });
    }
    measured.push(one);
    if (upTo === undefined && !pays(one, measured.at(-2))) break;
  }
  return measured;
}

/** The same on the wide session, for the small ones of the narrow one's buckets that pay. */
export async function warmUpWide(narrow: readonly WarmUpRun[], run: RunRows): Promise<WarmUpRun[]> {
  const measured: WarmUpRun[] = [];
  for (const [index, one] of narrow.entries()) {
    if (one.rows > WIDE_ROWS || !pays(one, narrow[index - 1])) break;
    measured.push({ rows: one.rows, width: 'wide', ms: await fastest(() => run(one.rows)) });
  }
  return measured;
}

/** The buckets that pay: what the last ones were run for was to find that out. */
export const paying = (narrow: readonly WarmUpRun[]): readonly WarmUpRun[] =>
  narrow.filter((one, index) => pays(one, narrow[index - 1]));

/** Whether rows are cheaper in a bucket than in the one before; the first always pays. */
const pays = ({ rows, ms }: WarmUpRun, smaller: WarmUpRun | undefined): boolean =>
  smaller === undefined || ms / rows <= (smaller.ms / smaller.rows) * PAYS_BELOW;

/** Milliseconds; the first run of a shape allocates and plans, and does not count. */
async function fastest(run: () => Promise<number>): Promise<number> {
  await run();
  const first = await run();
  return first > LONG_RUN_MS ? first : Math.min(first, await run());
}

/** 1, 2, 4, ... and the cap itself. */
function bucketsUpTo(cap: number): number[] {
  const buckets = [];
  for (let rows = 1; rows < cap; rows *= 2) buckets.push(rows);
  return [...buckets, cap];
}
