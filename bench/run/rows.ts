/** Outcomes of phases as rows of the results. What was not there (no answer, no refusal) leaves no value behind. */
import type { Outcome } from '../generator/phase.ts';
import type { Percentiles } from '../../tools/load/latencies.ts';
import type { ClosedLoop, Latency, OpenLoop, Repetitions } from '../record/results.ts';
import type { Contestant } from './contestant.ts';
import { SLO_MS } from './context.ts';

/** A generator that sends this much after its time has not offered what it claims. */
export const LAG_LIMIT_MS = 20;

/** One value of each outcome; JSON has no NaN, and neither has a table. */
export const valuesOf = (outcomes: readonly Outcome[], value: (outcome: Outcome) => number): Repetitions =>
  outcomes.map(value).filter(Number.isFinite);

export const perSecond =
  (count: (outcome: Outcome) => number) =>
  (outcome: Outcome): number =>
    count(outcome) / outcome.seconds;

export const goodPerSecond = perSecond(({ good }) => good);
export const goodputOf = perSecond(({ inTime }) => inTime);

export const totalOf = (outcomes: readonly Outcome[], count: (outcome: Outcome) => number): number =>
  outcomes.reduce((sum, outcome) => sum + count(outcome), 0);

const read = (outcomes: readonly Outcome[], quantile: keyof Percentiles): Repetitions =>
  valuesOf(outcomes, ({ latency }) => latency[quantile]);

export const latencyOf = (outcomes: readonly Outcome[]): Latency => ({
  p50: read(outcomes, 'p50'),
  p95: read(outcomes, 'p95'),
  p99: read(outcomes, 'p99'),
  p999: read(outcomes, 'p999'),
});

/** Which server a row is of. `beside`: the peer that was measured in turn with our server. */
export type Of = Pick<ClosedLoop, 'server' | 'setting' | 'beside' | 'model'>;

export const rowOf = ({ name, setting }: Contestant, model: string, beside?: string): Of => ({
  server: name,
  ...(setting === undefined ? {} : { setting }),
  ...(beside === undefined ? {} : { beside }),
  model,
});

export const closedRow = (of: Of, concurrency: number, outcomes: readonly Outcome[]): ClosedLoop => ({
  ...of,
  concurrency,
  ...latencyOf(outcomes),
  perSecond: outcomes.map(goodPerSecond),
  failed: failuresOf(outcomes),
  cpu: valuesOf(outcomes, ({ serverCpu }) => serverCpu),
  rssMiB: valuesOf(outcomes, ({ serverRssMiB }) => serverRssMiB),
});

/** `offered`: requests per second, which is the share `ofCeiling` of what the machine can do with no server. */
export const openRow = (
  of: Of,
  offered: number,
  ofCeiling: number,
  outcomes: readonly Outcome[],
): OpenLoop => ({
  ...of,
  sloMs: SLO_MS,
  offered,
  ofCeiling,
  ...latencyOf(outcomes),
  goodput: valuesOf(outcomes, goodputOf),
  answered: valuesOf(outcomes, goodPerSecond),
  refused: valuesOf(
    outcomes,
    perSecond(({ refused }) => refused),
  ),
  failed: valuesOf(
    outcomes,
    perSecond(({ failed }) => failed),
  ),
  refusalP99: valuesOf(outcomes, ({ refusal }) => refusal.p99),
  generatorLagP99: valuesOf(outcomes, ({ lagP99 }) => lagP99),
  behind: outcomes.filter(({ lagP99 }) => lagP99 > LAG_LIMIT_MS).length,
});

/** Answers other than 2xx and connection errors: in a closed loop a refusal is a failure. */
export const failuresOf = (outcomes: readonly Outcome[]): number =>
  totalOf(outcomes, ({ failed, refused }) => failed + refused);
