/** Five pods: behind a proxy here, and simulated where the machine has not the CPUs. Says of each row how it was obtained. */
import { heading, list, table, text, type Block } from '../text/blocks.ts';
import type { Sources } from '../text/servers.ts';
import { exact, figure, number } from '../text/figure.ts';
import type { Fleet } from '../../record/results.ts';

export function fleets({ own }: Sources): Block[] {
  const { fleets: rows = [] } = own;
  if (rows.length === 0) return [];
  return [
    heading(2, 'Five pods'),
    text(
      'A *measured* row was taken here, through the proxy. A *simulated* row was not: compare the one of a single pod with the',
      'measured pod above to see how far the simulator is to be trusted. Failed counts refusals, too.',
    ),
    list([...new Set(rows.map(({ kind, how }) => `**${kind}**: ${how}`))]),
    table(
      3,
      ['pods', 'how', 'model', 'offered, req/s', 'p50, ms', 'p95, ms', 'p99, ms', 'goodput', 'failed'],
      rows.map((row) => [
        podsOf(row),
        row.kind,
        row.model,
        exact(row.offered),
        figure(row.p50),
        figure(row.p95),
        figure(row.p99),
        figure(row.goodput),
        exact(row.failed),
      ]),
    ),
    ...rows.flatMap(({ restart, ...row }) => (restart === undefined ? [] : [restarted(row, restart)])),
  ];
}

function podsOf({ pods, cpus }: Pick<Fleet, 'pods' | 'cpus'>): string {
  return `${exact(pods)} x ${exact(cpus)} CPU`;
}

function restarted(row: Omit<Fleet, 'restart'>, restart: NonNullable<Fleet['restart']>): Block {
  const { offered, restarts, seconds, sent, refused, failed, badExits, p50, p99 } = restart;
  return text(
    `**Rolling restart** of ${exact(restarts)} of ${podsOf(row)} at ${exact(offered)} requests per second, one after the other, each told to`,
    `stop by SIGTERM alone: ${exact(sent)} requests in ${number(seconds)} s, **${exact(failed)} failed**, ${exact(refused)} refused for want of capacity; p50 ${number(p50)} ms,`,
    `p99 ${number(p99)} ms; ${exact(badExits)} exit codes other than 0.`,
  );
}
