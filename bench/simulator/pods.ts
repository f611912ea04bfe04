/**
 * Simulates several pods of one worker each, with round-robin requests, for more CPUs than this machine has. The policies
 * are those of the server; how long a request takes is measured elsewhere.
 */
import { poisson } from './arrivals.ts';
import { CONV } from './kinds.ts';
import { drawArrivals, worldWith } from './scenario.ts';
import { quantile, tally } from './tally.ts';
import { NOISY } from './noise.ts';
import { DEFAULTS } from './world.ts';

export interface PodsSettings {
  readonly pods: number;
  /** Requests a second to all pods together. */
  readonly perSecond: number;
  /** CPU milliseconds of a request, which is also its duration on a pod of one CPU. */
  readonly requestMs: number;
  readonly sloMs: number;
  readonly forMs: number;
  readonly seed: number;
}

export interface PodsOutcome {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  /** Answers within the SLO, a second. */
  readonly goodput: number;
  /** Number of requests that were refused, given up or late. */
  readonly failed: number;
}

/** Requests before this time are not counted: the cost models still learn. */
const FROM_MS = 1000;
/** Spread and stalls as on a shared host, but no drift: it is contained in the measured time of a request. */
const NOISE = { ...NOISY, drift: 1 };
const ROWS = [1, 2, 4];

export async function simulatePods(settings: PodsSettings): Promise<PodsOutcome> {
  const { pods, perSecond, requestMs, sloMs, forMs, seed } = settings;
  const runs = ROWS.map((rows) => ({ rows, width: 'narrow' as const, ms: rows * requestMs }));
  const kinds = [{ ...CONV, sloMs, runs }];
  const arrivals = drawArrivals(kinds, [{ model: 0, pattern: poisson(perSecond) }], { seed, forMs });
  const records = [];
  for (let pod = 0; pod < pods; pod++) {
    const own = arrivals.filter((_, index) => index % pods === pod);
    const world = worldWith(
      { ...DEFAULTS, wide: false, kinds, workers: 1, noise: NOISE, seed: seed * pods + pod },
      own,
    );
    await world.run();
    records.push(...world.records);
  }
  const { goodput, refused, late } = tally(records, FROM_MS, forMs);
  const answered = records.filter(({ at, outcome }) => at >= FROM_MS && outcome === 'done');
  const latencies = Float64Array.from(answered, ({ latencyMs }) => latencyMs).sort();
  const [p50, p95, p99, p999] = [0.5, 0.95, 0.99, 0.999].map((share) => quantile(latencies, share));
  return { p50: p50!, p95: p95!, p99: p99!, p999: p999!, goodput, failed: refused + late };
}
