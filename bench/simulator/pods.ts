/**
 * Several pods of one worker each, with the requests dealt to them in turn: what a deployment of them would answer, on
 * CPUs that this machine has not. The policies are the server's own; how long a request takes is measured elsewhere.
 */
import { poisson } from './arrivals.ts';
import { CONV } from './kinds.ts';
import { drawArrivals, worldWith } from './scenario.ts';
import { quantile, tally } from './tally.ts';
import { BREEZY } from './weather.ts';
import { USUAL } from './world.ts';

export interface PodsSettings {
  readonly pods: number;
  /** To all of them together. */
  readonly perSecond: number;
  /** Processor time of a request, which a pod of one CPU takes for it from beginning to end. */
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
  /** Answered within the objective, a second. */
  readonly goodput: number;
  /** Refused, given up, or late. */
  readonly failed: number;
}

/** Not counted: the servers learn. */
const FROM_MS = 1000;
/** Runs spread and are held up as here; the machine does not slow down, or the time of a request would be counted twice. */
const WEATHER = { ...BREEZY, drift: 1 };
const ROWS = [1, 2, 4];

export async function simulatePods(settings: PodsSettings): Promise<PodsOutcome> {
  const { pods, perSecond, requestMs, sloMs, forMs, seed } = settings;
  const runs = ROWS.map((rows) => ({ rows, width: 'narrow' as const, ms: rows * requestMs }));
  const kinds = [{ ...CONV, sloMs, runs }];
  const arrivals = drawArrivals(kinds, [{ model: 0, pattern: poisson(perSecond) }], { seed, forMs });
  const visits = [];
  for (let pod = 0; pod < pods; pod++) {
    const own = arrivals.filter((_, index) => index % pods === pod);
    const world = worldWith(
      { ...USUAL, wide: false, kinds, workers: 1, weather: WEATHER, seed: seed * pods + pod },
      own,
    );
    await world.run();
    visits.push(...world.visits);
  }
  const { goodput, refused, late } = tally(visits, FROM_MS, forMs);
  const answered = visits.filter(({ at, ending }) => at >= FROM_MS && ending === 'done');
  const latencies = Float64Array.from(answered, ({ latencyMs }) => latencyMs).sort();
  const [p50, p95, p99, p999] = [0.5, 0.95, 0.99, 0.999].map((share) => quantile(latencies, share));
  return { p50: p50!, p95: p95!, p99: p99!, p999: p999!, goodput, failed: refused + late };
}
