/**
 * Thresholds from a simulated null: how far windows without drift get from the reference by chance alone. Pure, seeded;
 * a tenth of a second of processor time for each shape of counts. Runs in a thread of its own.
 *
 * A reference is a sample too, and it stays: one that is a little off is off in every window. So windows are not drawn from
 * the reference itself, but from distributions that it may have come from, and of those from the ones that are unlucky
 * for it: as far away as two in a hundred. What is promised then holds for nearly every reference, not on average only.
 */
import { Alias, dirichlet, seeded, type Random } from './random.ts';
import { psi, STATISTICS, sumOf, type Statistic } from './statistics.ts';

export interface Promised {
  /** Rows of a window. */
  readonly window: number;
  /** Windows without drift from one false alarm of the version to the next, on average. */
  readonly falseAlarmEvery: number;
  /** Statistics of the version that may alarm: each gets its part of the false alarms. */
  readonly statistics: number;
}

export interface Threshold {
  /** Above it a window alarms. */
  readonly value: number;
  /** The 99th percentile of the PSI without drift, for people to compare a PSI with. */
  readonly psi: number;
}

/** Draws from the distributions that the reference may have come from; of them, the ones from here to there are used. */
const WORLDS = 1000;
const UNLUCKY = { from: 970, until: 990 };

/** Windows that are simulated for a statistic: as many as this many rows give, within limits. */
const ROWS = 10_000_000;
const WINDOWS = { least: 2000, most: 30_000 };

/** Weight of a cell in which the reference has nothing (Jeffreys). */
const UNSEEN = 0.5;

/** For these the square is what falls off exponentially. */
const SQUARED: ReadonlySet<Statistic> = new Set(['ks', 'l_infinity']);

/** Where the tail is measured to go on from: shares of the windows, the second at least this many. */
const TAIL_FROM = 0.02;
const TAIL_WINDOWS = 20;

/** Thresholds of statistics over the same counts, in their order. */
export function thresholdsOf(
  counts: ArrayLike<number>,
  statistics: readonly Statistic[],
  promised: Promised,
  seed = 1,
): Threshold[] {
  const random = seeded(seed);
  const weights = Array.from(counts, (count) => count + UNSEEN);
  const worlds = Array.from({ length: WORLDS }, () => dirichlet(weights, random));
  return statistics.map((statistic) => thresholdOf(counts, statistic, worlds, promised, random));
}

function thresholdOf(
  counts: ArrayLike<number>,
  statistic: Statistic,
  worlds: readonly Float64Array[],
  { window, falseAlarmEvery, statistics }: Promised,
  random: Random,
): Threshold {
  const measure = STATISTICS[statistic];
  const all = sumOf(counts);
  const away = worlds.map((world) => ({
    world,
    distance: measure(
      counts,
      world.map((share) => share * all),
    ),
  }));
  const unlucky = away.toSorted((a, b) => a.distance - b.distance).slice(UNLUCKY.from, UNLUCKY.until);
  const total = Math.min(WINDOWS.most, Math.max(WINDOWS.least, Math.floor(ROWS / window)));
  const each = Math.ceil(total / unlucky.length);
  const values = new Float64Array(each * unlucky.length);
  const psis = new Float64Array(values.length);
  const drawn = new Float64Array(counts.length);
  let at = 0;
  for (const { world } of unlucky) {
    const alias = new Alias(world);
    for (let one = 0; one < each; one++, at++) {
      drawn.fill(0);
      for (let row = 0; row < window; row++) drawn[alias.draw(random)]!++;
      values[at] = measure(counts, drawn);
      psis[at] = psi(counts, drawn);
    }
  }
  const share = 1 / (falseAlarmEvery * statistics);
  const value = upperTail(values.sort(), share, SQUARED.has(statistic));
  return { value, psi: psis.sort()[Math.floor(0.99 * psis.length)]! };
}

/**
 * The value that this share of the sorted values exceeds. Beyond what so many windows can show, the logarithm of the share
 * goes on as a line over the value, or over its square.
 */
function upperTail(sorted: Float64Array, share: number, squared: boolean): number {
  const count = sorted.length;
  const exceededBy = (part: number): number => sorted[Math.max(0, Math.ceil(count * (1 - part)) - 1)]!;
  const last = TAIL_WINDOWS / count;
  if (share >= last) return exceededBy(share);
  const scale = (value: number): number => (squared ? value * value : value);
  const near = scale(exceededBy(TAIL_FROM));
  const far = scale(exceededBy(last));
  const reached = far + ((far - near) * Math.log(last / share)) / Math.log(TAIL_FROM / last);
  return squared ? Math.sqrt(reached) : reached;
}
