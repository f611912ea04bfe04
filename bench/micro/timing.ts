/**
 * Nanoseconds of one call, by the processor time of this thread: what other processes take of the core is not in it (nor
 * what other threads do, so it is no measure of sharp). As many calls as fill a sample are timed together,
 * because the clock costs as much as some of them; samples are kept apart, so that a disturbance is
 * an outlier and not part of every figure. Without a library: what those add (a table, statistics) the report has.
 */
import type { Micro } from '../record/results.ts';

export interface Work {
  readonly name: string;
  /** Returns what it has made: a result that goes nowhere may be compiled away. A promise is waited for. */
  readonly call: () => unknown;
  /** How many of what is measured one call does; 1 when undefined. */
  readonly each?: number;
}

interface Sampling {
  readonly warmUpMs: number;
  readonly sampleMs: number;
  readonly samples: number;
}

const FULL: Sampling = { warmUpMs: 200, sampleMs: 20, samples: 21 };
const QUICK: Sampling = { warmUpMs: 40, sampleMs: 4, samples: 7 };
const NS_PER_MS = 1e6;
const US_PER_MS = 1e3;

/** Seen from outside the loop, so that the calls in it have an effect. */
export let lastResult: unknown;

/** One figure for each sample, in the order in which they were taken. */
export async function measure({ name, call, each = 1 }: Work, quick: boolean): Promise<Micro> {
  const { warmUpMs, sampleMs, samples } = quick ? QUICK : FULL;
  const run = call() instanceof Promise ? runAsync : runSync;
  let calls = 1;
  let ms = 0;
  // Doubles until a sample is long enough; then again until the compiler has had its time, and the speed is the final one.
  for (let spent = 0; spent < warmUpMs || ms < sampleMs / 2; spent += ms) {
    ms = await run(call, calls);
    if (ms < sampleMs / 2) calls *= 2;
    else calls = Math.max(1, Math.round((calls * sampleMs) / ms));
  }
  const ns: number[] = [];
  for (let sample = 0; sample < samples; sample++) {
    ns.push(((await run(call, calls)) * NS_PER_MS) / (calls * each));
  }
  return { name, ns };
}

/** One after the other: at the same time they would disturb each other. */
export async function measureAll(works: readonly Work[], quick: boolean): Promise<Micro[]> {
  const figures: Micro[] = [];
  for (const work of works) figures.push(await measure(work, quick));
  return figures;
}

function runSync(call: () => unknown, calls: number): number {
  const start = process.threadCpuUsage();
  for (let left = calls; left > 0; left--) lastResult = call();
  return millisecondsSince(start);
}

async function runAsync(call: () => unknown, calls: number): Promise<number> {
  const start = process.threadCpuUsage();
  for (let left = calls; left > 0; left--) lastResult = await call();
  return millisecondsSince(start);
}

function millisecondsSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(start);
  return (user + system) / US_PER_MS;
}
