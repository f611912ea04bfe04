/**
 * Loads two servers in turn, never both at once, and gives each figure as pairs. The order changes from pair to pair (A B, B A,
 * A B, ...): whoever comes second would otherwise have every drift of the machine on its side.
 */
import type { Generator } from '../load/generator.ts';
import type { Outcome } from '../load/phase.ts';
import type { Pair } from '../report/statistics.ts';
import type { ModelName } from '../results.ts';
import type { Rival } from './rival.ts';
import type { Figure } from './verdict.ts';

export interface Plan {
  readonly pairs: number;
  /** One side of a pair. */
  readonly phaseMs: number;
  readonly warmUpMs: number;
  readonly photographs: readonly Buffer[];
  readonly onPair: (figure: string, pair: Pair) => void;
}

export type Side = Pick<Rival, 'name' | 'origin' | 'pids'>;

/** `a` is the commit in question, `b` the base. */
export interface Sides {
  readonly a: Side;
  readonly b: Side;
}

type Kind = Pick<Figure, 'better' | 'unit'> & {
  readonly what: string;
  readonly connections: number;
  readonly value: (outcome: Outcome) => number;
};

const MODEL = 'efficientnet-lite0';
const VERSIONS: Readonly<Record<ModelName, string>> = { fp32: '1', int8: '2' };
const KINDS: readonly Kind[] = [
  {
    what: '16 connections',
    unit: 'requests per second',
    better: 'more',
    connections: 16,
    value: ({ good, seconds }) => good / seconds,
  },
  {
    what: '1 connection',
    unit: 'ms p50',
    better: 'less',
    connections: 1,
    value: ({ latency }) => latency.p50,
  },
];
/** No answer is late here: what is measured is speed. */
const SLO_MS = 60_000;

/** @throws Error when a server answers with anything but 2xx: its speed would mean nothing */
export async function duel(sides: Sides, generator: Pick<Generator, 'play'>, plan: Plan): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const model of Object.keys(VERSIONS) as ModelName[]) {
    for (const kind of KINDS) {
      const name = `${model}, ${kind.what}`;
      const take = (side: Side): Promise<number> => valueOf(side, model, kind, generator, plan);
      // Both have compiled their code and learned their costs before anything counts.
      await take(sides.b);
      await take(sides.a);
      const pairs: Pair[] = [];
      for (let index = 0; index < plan.pairs; index++) {
        const pair = await inTurn(sides, take, index % 2 === 0);
        plan.onPair(name, pair);
        pairs.push(pair);
      }
      figures.push({ name, unit: kind.unit, better: kind.better, pairs });
    }
  }
  return figures;
}

async function inTurn(
  { a, b }: Sides,
  take: (side: Side) => Promise<number>,
  baseFirst: boolean,
): Promise<Pair> {
  if (baseFirst) {
    const base = await take(b);
    return { a: await take(a), b: base };
  }
  return { a: await take(a), b: await take(b) };
}

async function valueOf(
  side: Side,
  model: ModelName,
  { connections, value }: Kind,
  generator: Pick<Generator, 'play'>,
  { warmUpMs, phaseMs, photographs }: Plan,
): Promise<number> {
  const outcome = await generator.play({
    kind: 'closed',
    url: `${side.origin}/v1/models/${MODEL}/versions/${VERSIONS[model]}/predict`,
    headers: { 'content-type': 'image/jpeg' },
    bodies: photographs,
    connections,
    warmUpMs,
    durationMs: phaseMs,
    pids: side.pids(),
    sloMs: SLO_MS,
  });
  const wrong = outcome.refused + outcome.failed;
  if (wrong > 0 || outcome.good === 0) {
    throw new Error(`${side.name} answered ${wrong} of ${outcome.sent} requests for ${model} with an error.`);
  }
  return value(outcome);
}
