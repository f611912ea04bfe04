/** The metrics that a query may use, with their labels: those of the server and of other programs. */
import { PIPELINE_METRICS } from '../../src/pipeline/report/metrics.ts';
import { createMetrics } from '../../src/telemetry/metrics/metrics.ts';
import type { Promql } from './promql.ts';

/** Labels that Prometheus adds to all scraped series; the last two only in Kubernetes. */
const SCRAPED = ['job', 'instance', 'namespace', 'pod'];

/** Made by Prometheus itself, and by the blackbox exporter. */
const OF_OTHERS: Readonly<Record<string, readonly string[]>> = {
  up: [],
  ALERTS: ['alertname', 'alertstate', 'severity'],
  probe_ssl_earliest_cert_expiry: [],
};

interface Declared {
  readonly name: string;
  readonly type: string;
  readonly labelNames: readonly string[];
}

/** Every series that the server or the pipeline declares, with its labels. */
export function declaredSeries(): ReadonlyMap<string, readonly string[]> {
  const ofServer = createMetrics().registry.getMetricsAsArray() as unknown as Declared[];
  const declared: readonly Declared[] = [...ofServer, ...PIPELINE_METRICS];
  return new Map(
    declared.flatMap(({ name, type, labelNames }): [string, readonly string[]][] =>
      type === 'histogram'
        ? [
            [`${name}_bucket`, [...labelNames, 'le']],
            [`${name}_sum`, labelNames],
            [`${name}_count`, labelNames],
          ]
        : [[name, labelNames]],
    ),
  );
}

/** Unknown names in a query; `recorded`: recording rules by name, which may have any labels. */
export function unknownNames(
  { selectors, groupedBy }: Promql,
  recorded: ReadonlySet<string>,
): readonly string[] {
  const declared = declaredSeries();
  const wrong: string[] = [];
  const labels = new Set<string>(SCRAPED);
  let anyLabel = false;
  for (const { metric, matchers } of selectors) {
    if (recorded.has(metric)) {
      anyLabel = true;
      continue;
    }
    const own = declared.get(metric) ?? OF_OTHERS[metric];
    if (own === undefined) {
      wrong.push(`there is no metric ${metric}`);
      continue;
    }
    for (const label of own) labels.add(label);
    const unknown = Object.keys(matchers).filter((label) => !own.includes(label) && !SCRAPED.includes(label));
    wrong.push(...unknown.map((label) => `${metric} has no label ${label}`));
  }
  if (!anyLabel) {
    wrong.push(
      ...groupedBy.filter((label) => !labels.has(label)).map((label) => `nothing has a label ${label}`),
    );
  }
  return wrong;
}

/** Counters that are used without rate(): their value is meaningless, because it restarts with the server. */
export const rawCounters = ({ selectors }: Promql): readonly string[] =>
  selectors
    .filter(({ metric }) => metric.endsWith('_total'))
    .filter(({ functions }) => !['rate', 'increase'].includes(functions[0] ?? ''))
    .map(({ metric }) => metric);
