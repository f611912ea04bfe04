/** A peer in the setting that is best for a number of connections, and ours as it was measured in turn with it. */
import type { ClosedLoop, Results } from '../../record/results.ts';
import { middle } from '../text/figure.ts';
import { isOurs } from '../text/servers.ts';
import { answerMsOf, oursOf, pairedWith, theirsOf } from './answer-cost.ts';

/** Medians; a rate and p99 only where a whole row was taken. */
export interface Speed {
  readonly perSecond?: number | undefined;
  readonly p50: number | undefined;
  readonly p99?: number | undefined;
  /** Milliseconds of processor time of an answer. */
  readonly answerMs?: number | undefined;
}

export interface Match {
  readonly theirs: Speed;
  readonly ours: Speed;
  /** False where the peer was only measured in a setting that is best for another number of connections. */
  readonly best: boolean;
}

/** At one connection a setting is judged by p50, at more by throughput. Undefined where the peer was not measured. */
export function bestMatch(
  results: Results,
  peer: string,
  model: string,
  connections: number,
): Match | undefined {
  const judged = connections === 1 ? 'latency' : 'throughput';
  const paired = pairedWith(results, peer, model, connections);
  const rows = results.closedLoop
    .filter((row) => row.model === model && row.concurrency === connections)
    .filter(({ server }) => server === peer)
    .map(({ bestFor = 'throughput', ...row }) => ({
      theirs: speedOf(row, theirsOf(paired)),
      ours: speedOf(oursBeside(results, row), oursOf(paired)),
      best: bestFor === judged,
    }));
  const pairs = results.targets
    .filter(({ against }) => against?.server === peer && against.connections === connections)
    .filter((target) => target.model === model && target.against?.figure === 'p50' && judged === 'latency')
    .map(({ pairs: taken = [] }) => ({
      theirs: { p50: middle(taken.map(({ b }) => b)) },
      ours: { p50: middle(taken.map(({ a }) => a)) },
      best: true,
    }));
  const worth = ({ best, theirs }: Match): number =>
    (best ? 1e9 : 0) + (judged === 'latency' ? -(theirs.p50 ?? 1e9) : (theirs.perSecond ?? 0));
  return [...rows, ...pairs].toSorted((a, b) => worth(b) - worth(a))[0];
}

const oursBeside = ({ closedLoop }: Results, { server, model, concurrency }: ClosedLoop) =>
  closedLoop.find(
    (row) =>
      isOurs(row) &&
      (row.beside ?? server) === server &&
      row.model === model &&
      row.concurrency === concurrency,
  );

/** `answerMs`: of pairs, where there are some. */
export const speedOf = (row: ClosedLoop | undefined, answerMs?: number): Speed => ({
  perSecond: middle(row?.perSecond),
  p50: middle(row?.p50),
  p99: middle(row?.p99),
  answerMs: answerMs ?? answerMsOf(row),
});
