/** The rest of a run: scenarios, pods and the small parts. */
import { heading, list, table, text, type Block } from '../text/blocks.ts';
import { displayName, type Sources } from '../text/servers.ts';
import { exact, figure, measured, short } from '../text/figure.ts';

export function scenarios({ own }: Sources): Block[] {
  if (own.scenarios.length === 0) return [];
  const loaded = own.scenarios.filter((row) => row.perSecond || row.p50 || row.failed !== undefined);
  const further = own.scenarios.flatMap(({ name, figures }) =>
    Object.entries(figures ?? {}).map(([what, values]) => ({ name, what, values })),
  );
  return [
    heading(2, 'Scenarios'),
    list([...new Set(own.scenarios.map(({ name, description }) => `**${name}**: ${description}`))]),
    ...(loaded.length === 0
      ? []
      : [
          table(
            2,
            ['scenario', 'server', 'req/s', 'p50, ms', 'p95, ms', 'p99, ms', 'failed'],
            loaded.map((row) => [
              row.name,
              displayName(row.server),
              row.perSecond ? figure(row.perSecond) : '',
              row.p50 ? figure(row.p50) : '',
              row.p95 ? figure(row.p95) : '',
              row.p99 ? figure(row.p99) : '',
              row.failed === undefined ? '' : exact(row.failed),
            ]),
          ),
        ]),
    ...(further.length === 0
      ? []
      : [
          table(
            2,
            ['scenario', 'figure', 'value'],
            further.map(({ name, what, values }) => [name, what, figure(values)]),
          ),
        ]),
  ];
}

export function pods({ own }: Sources): Block[] {
  if (own.pods.length === 0) return [];
  return [
    heading(2, 'In a small pod'),
    text(
      'The server alone under the limits of a pod, open loop; the start is from exec to the first good answer.',
      `Limits: ${[...new Set(own.pods.map(({ limitedBy }) => limitedBy))].join('; ')}.`,
    ),
    table(
      2,
      [
        'CPU, memory',
        'model',
        'offered, req/s',
        'p50, ms',
        'p95, ms',
        'p99, ms',
        'goodput',
        'failed',
        'cores used',
        'RSS, MiB',
        'cold start, ms',
      ],
      own.pods.map((row) => [
        podName(row),
        row.model,
        exact(row.offered),
        figure(row.p50),
        figure(row.p95),
        figure(row.p99),
        figure(row.goodput),
        exact(row.failed),
        figure(row.cpu),
        short(row.rssMiB),
        figure(row.startMs),
      ]),
    ),
  ];
}

export function micro({ own }: Sources): Block[] {
  if (own.micro.length === 0) return [];
  return [
    heading(2, 'The small parts'),
    text('Time of one call, in a loop that does nothing else.'),
    table(
      2,
      ['what', 'unit', 'time'],
      own.micro.map(({ name, ns }) => [name, ...timed(ns)]),
    ),
  ];
}

function podName({ cpus, memoryMiB }: { readonly cpus: number; readonly memoryMiB: number }): string {
  return `${exact(cpus)} CPU, ${exact(memoryMiB)} MiB`;
}

/** In the unit in which the largest repetition has few digits. */
function timed(ns: readonly number[]): [unit: string, time: string] {
  const values = measured(ns);
  const largest = Math.max(0, ...values);
  const [unit, by] =
    largest >= 1e6 ? (['ms', 1e6] as const) : largest >= 1e3 ? (['µs', 1e3] as const) : (['ns', 1] as const);
  return [unit, figure(values.map((value) => value / by))];
}
