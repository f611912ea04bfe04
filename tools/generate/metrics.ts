/** docs/metrics.md: every metric with its type, labels and unit, and queries over them. */
import { PIPELINE_METRICS } from '../../src/pipeline/report/metrics.ts';
import { createMetrics } from '../../src/telemetry/metrics/metrics.ts';
import { MARKDOWN_NOTE, type Document } from './document.ts';
import { markdownTable } from './markdown-table.ts';
import { QUERIES } from './queries.ts';

export const metrics: Document = { file: 'docs/metrics.md', make: text };

function text(): string {
  const all = createMetrics('triton').registry.getMetricsAsArray() as unknown as readonly MetricFacts[];
  const ours = all.filter(({ name }) => !/^(process|nodejs|nv)_/.test(name));
  const triton = all.filter(({ name }) => name.startsWith('nv_'));
  const queries = QUERIES.map(({ question, query, note }) =>
    [`**${question}**${note === undefined ? '' : ` ${note}`}`, '', '```promql', query, '```'].join('\n'),
  );
  return `${MARKDOWN_NOTE}

# Metrics

At \`GET /metrics\`, as Prometheus text, or as OpenMetrics for clients that accept it. Durations are in seconds, sizes in
bytes. The \`process_*\` and \`nodejs_*\` metrics of prom-client are there too: CPU, memory, file descriptors, event loop,
garbage collection; but not its \`nodejs_active_handles_total\`, \`_requests_total\` and \`_resources_total\`, which are gauges
with a counter's name, and each the sum of the metric without \`_total\`. \`promtool check metrics\` passes.

Nothing that a client writes makes a series: routes are patterns, methods and codes are from fixed lists, models and versions
are those of the operator, and of a model's classes the first 50 that are seen have a label. A model version that is unloaded
takes its series with it.

${metricTable(ours)}

## Exemplars

In OpenMetrics, the buckets of \`prediction_duration_seconds\` and \`ortolan_stage_duration_seconds\` carry the trace id of
the last request in them that has a sampled trace: \`# {trace_id="…"} 0.012 1700000000.123\`. Prometheus keeps them with
\`--enable-feature=exemplar-storage\`, and Grafana then draws them as points that lead to the trace.

## Queries

Divide by sums, and keep the labels of the target out of it: these hold for one server and for twenty.

${queries.join('\n\n')}

## Saturation or CPU

\`ortolan_saturation_ratio\` measures the work that is asked for; CPU measures the work that is done, which cannot rise further when
more capacity is needed. Every request counts with the worker time that the cost model predicts for it, in batches of the best size,
whether it is accepted or refused for lack of capacity (\`OVERLOADED\`, \`QUEUE_FULL\`); a retry counts again. The mean decays
exponentially, within about 30 s. Where models are the load, scale by its mean over the servers, to 0.7 for example; elsewhere by
CPU.

## Of the pipeline

What \`ortolan pipeline run\` writes for the textfile collector of the node exporter, or pushes to a Pushgateway ([pipeline](pipeline.md)). It is not at
\`GET /metrics\` of the server.

${metricTable(PIPELINE_METRICS)}

## Names of Triton

With \`metricsCompat\` set to \`triton\`, for dashboards made for NVIDIA Triton. Their names break the rules (no \`_total\`,
microseconds), so \`promtool check metrics\` reports these; in OpenMetrics their type is \`unknown\`, because the name of a counter must
end in \`_total\`. \`reason\` is \`REJECTED\` for requests that were not run (overload, a full queue, a deadline, a model that loads,
a server that drains), \`BACKEND\` for those that failed in a worker, \`OTHER\` for faults of the request. A client that leaves is
counted in \`http_requests_total\` with code 499, and not here.

${metricTable(triton)}
`;
}

function metricTable(metrics: readonly MetricFacts[]): string {
  const rows = metrics.map(({ name, type, labelNames, help }) => [
    `\`${name}\``,
    type,
    labelNames.map((label) => `\`${label}\``).join(', '),
    unitOf(name),
    help,
  ]);
  return markdownTable(['metric', 'type', 'labels', 'unit', 'what it is'], rows).join('\n');
}

/** Names say their unit last, before `_total`; a limit keeps the name of what it limits. */
function unitOf(name: string): string {
  const word = name
    .replace(/_total$|_limit$/, '')
    .split('_')
    .at(-1)!;
  return { seconds: 'seconds', bytes: 'bytes', rows: 'rows', ratio: 'ratio', us: 'microseconds' }[word] ?? '';
}

/** What prom-client keeps of a metric; its declarations leave out the last two. */
interface MetricFacts {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly labelNames: readonly string[];
}
