/** Where our server is level with others, and where it is ahead or behind, by the pairs that were taken in turn. */
import type { Results, Target } from '../../record/results.ts';
import { ratioInterval } from '../../record/statistics.ts';
import { number } from '../text/figure.ts';
import { isOurs, isToughest, TOUGHEST, type Sources } from '../text/servers.ts';

type Against = NonNullable<Target['against']>;
const STANDINGS = { level: 'level with', ahead: 'ahead of', behind: 'behind' } as const;

type Standing = keyof typeof STANDINGS;

interface Compared {
  readonly others: string;
  readonly what: string;
  readonly model: string;
  readonly ratio: number;
  readonly standing: Standing;
}

/**
 * Returns one sentence, or undefined when no peer was measured in turn with our server. Level: the interval of our figure
 * divided by theirs contains 1. Under overload: ahead where the worst repetition of ours is better than the best of theirs.
 */
export function standing({ beside }: Sources): string | undefined {
  const compared = beside.targets.flatMap(comparedOf);
  const parts = [...new Set(compared.map(({ others }) => others))].flatMap((others) =>
    (Object.keys(STANDINGS) as Standing[]).flatMap((how) => {
      const these = compared.filter((one) => one.others === others && one.standing === how);
      return these.length === 0 ? [] : [`${STANDINGS[how]} ${others} in ${figures(these)}`];
    }),
  );
  const overload = aheadUnderOverload(beside) ? ['ahead of all of them in goodput under overload'] : [];
  return parts.length === 0
    ? undefined
    : `Measured in turn (in brackets: our figure divided by theirs), Ortolan is ${[...parts, ...overload].join('; ')}.`;
}

/** `throughput at 32 connections (fp32 1.03, int8 0.977) and p50 at 1 connection (…)`. */
function figures(these: readonly Compared[]): string {
  const whats = [...new Set(these.map(({ what }) => what))].map((what) => {
    const ratios = these.filter((one) => one.what === what);
    return `${what} (${ratios.map(({ model, ratio }) => `${model} ${number(ratio)}`).join(', ')})`;
  });
  return whats.length < 2 ? whats.join('') : `${whats.slice(0, -1).join(', ')} and ${whats.at(-1)}`;
}

function aheadUnderOverload({ openLoop }: Results): boolean {
  const theirs = openLoop.filter((row) => !isOurs(row) && row.ofCeiling > 1);
  return (
    theirs.length > 0 &&
    theirs.every(({ server, model, ofCeiling, goodput }) =>
      openLoop.some(
        (row) =>
          isOurs(row) &&
          row.beside === server &&
          row.model === model &&
          row.ofCeiling === ofCeiling &&
          Math.min(...row.goodput) > Math.max(...goodput),
      ),
    )
  );
}

function comparedOf({ against, pairs = [], model = '' }: Target): Compared[] {
  if (against === undefined || pairs.length === 0) return [];
  const { median, low, high } = ratioInterval(pairs);
  const more = against.figure === 'throughput';
  return [
    {
      others: isToughest(against.server) ? TOUGHEST : 'the best other server',
      what: whatOf(against),
      model,
      ratio: median,
      standing: low <= 1 && high >= 1 ? 'level' : median > 1 === more ? 'ahead' : 'behind',
    },
  ];
}

const whatOf = ({ figure, connections }: Against): string =>
  `${figure === 'processor time' ? 'processor time of an answer' : figure} at ${connections === 1 ? 'one connection' : `${connections} connections`}`;
