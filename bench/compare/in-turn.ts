/**
 * Loads two servers in turn, never both at once, and gives each figure as pairs. The order changes from pair to pair (A B, B A,
 * A B, ...): else the drift of the machine would always be on the same side.
 */
import type { Generator } from '../generator/generator.ts';
import type { Outcome } from '../generator/phase.ts';
import { MODEL, VERSIONS } from '../inputs/only-version.ts';
import type { ModelName } from '../record/results.ts';
import { cpuMsOf } from '../run/answer-cost.ts';
import type { Ortolan } from '../../tools/process/ortolan.ts';
import type { Figure } from './verdict.ts';

export interface Plan {
  readonly pairs: number;
  /** One side of a pair. */
  readonly phaseMs: number;
  readonly warmUpMs: number;
  readonly photographs: readonly Buffer[];
  /** How far it is. */
  readonly onPair: (figure: string, pair: number) => void;
}

export interface Start {
  /** Until it was ready with an empty cache folder, and with what that start had left there. */
  readonly firstMs: number;
  readonly againMs: number;
  /** Resident memory then, when every version was loaded. */
  readonly rssMiB: number;
}

export interface Side {
  readonly name: string;
  readonly server: Pick<Ortolan, 'urlOf' | 'headers' | 'pids'>;
  /** Starts another one twice, and ends it. */
  readonly start: () => Promise<Start>;
}

/** `a` is the commit in question, `b` the base. */
export interface Sides {
  readonly a: Side;
  readonly b: Side;
}

interface Kind<Taken> extends Pick<Figure, 'better' | 'unit'> {
  readonly value: (taken: Taken) => number;
}

const THROUGHPUT: Kind<Outcome> = {
  unit: 'requests per second',
  better: 'more',
  value: ({ good, seconds }) => good / seconds,
};
const PROCESSOR_TIME: Kind<Outcome> = {
  unit: 'ms of processor time an answer',
  better: 'less',
  value: cpuMsOf,
};
const P50: Kind<Outcome> = { unit: 'ms p50', better: 'less', value: ({ latency }) => latency.p50 };
const OF_START: readonly Kind<Start>[] = [
  { unit: 'ms until ready, first', better: 'less', value: ({ firstMs }) => firstMs },
  { unit: 'ms until ready, again', better: 'less', value: ({ againMs }) => againMs },
  { unit: 'MiB resident', better: 'less', value: ({ rssMiB }) => rssMiB },
];

const LOADS: readonly { readonly connections: number; readonly kinds: readonly Kind<Outcome>[] }[] = [
  { connections: 1, kinds: [P50] },
  { connections: 16, kinds: [THROUGHPUT, PROCESSOR_TIME] },
  { connections: 32, kinds: [THROUGHPUT] },
];
/** No answer is late here: what is measured is speed. */
const SLO_MS = 60_000;

/** @throws Error when a server answers with anything but 2xx, or not at all: its speed would mean nothing */
export async function compareInTurn(
  sides: Sides,
  generator: Pick<Generator, 'play'>,
  plan: Plan,
): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const model of Object.keys(VERSIONS) as ModelName[]) {
    for (const { connections, kinds } of LOADS) {
      const name = `${model}, ${connections} connection${connections === 1 ? '' : 's'}`;
      const take = (side: Side): Promise<Outcome> => outcomeOf(side, model, connections, generator, plan);
      // Both have compiled their code and learned their costs before anything counts.
      await take(sides.b);
      await take(sides.a);
      figures.push(...figuresOf(name, kinds, await takePairs(sides, name, take, plan)));
    }
  }
  const starts = await takePairs(sides, 'start', ({ start }) => start(), plan);
  return [...figures, ...figuresOf('start', OF_START, starts)];
}

const figuresOf = <Taken>(
  name: string,
  kinds: readonly Kind<Taken>[],
  pairs: readonly { readonly a: Taken; readonly b: Taken }[],
): Figure[] =>
  kinds.map(({ value, ...kind }) => ({
    name,
    ...kind,
    pairs: pairs.map(({ a, b }) => ({ a: value(a), b: value(b) })),
  }));

async function takePairs<Taken>(
  { a, b }: Sides,
  name: string,
  take: (side: Side) => Promise<Taken>,
  { pairs: count, onPair }: Plan,
): Promise<{ a: Taken; b: Taken }[]> {
  const pairs: { a: Taken; b: Taken }[] = [];
  for (let index = 0; index < count; index++) {
    const [first, second] = index % 2 === 0 ? [b, a] : [a, b];
    const one = await take(first);
    const other = await take(second);
    pairs.push(index % 2 === 0 ? { a: other, b: one } : { a: one, b: other });
    onPair(name, index + 1);
  }
  return pairs;
}

async function outcomeOf(
  { name, server }: Side,
  model: ModelName,
  connections: number,
  generator: Pick<Generator, 'play'>,
  { warmUpMs, phaseMs, photographs }: Plan,
): Promise<Outcome> {
  const outcome = await generator.play({
    kind: 'closed',
    url: server.urlOf(MODEL, VERSIONS[model]),
    headers: server.headers,
    bodies: photographs,
    connections,
    warmUpMs,
    durationMs: phaseMs,
    pids: server.pids(),
    sloMs: SLO_MS,
  });
  const wrong = outcome.refused + outcome.failed;
  if (wrong > 0)
    throw new Error(`${name} answered ${wrong} of ${outcome.sent} requests for ${model} with an error.`);
  if (outcome.good === 0)
    throw new Error(
      `${name} answered nothing for ${model} within ${phaseMs / 1000} s: phases must be longer.`,
    );
  return outcome;
}
