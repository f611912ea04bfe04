/** The autoscaling queries, evaluated by the engine of a real Prometheus. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { ROUTES } from '../../src/root/routes.ts';
import { createMetrics } from '../../src/telemetry/metrics/metrics.ts';
import { buildOverlay, buildWith, withoutKustomize } from '../support/cluster/build.ts';
import { theOnly } from '../support/cluster/manifest.ts';
import { promtool, WITH_PROMTOOL } from '../support/promtool.ts';

const withoutPromtool = WITH_PROMTOOL.skip ?? false;

interface AdapterRule {
  readonly seriesQuery: string;
  readonly resources: { readonly overrides: Readonly<Record<string, { readonly resource: string }>> };
  readonly name: { readonly matches: string; readonly as: string };
  readonly metricsQuery: string;
}

const [rule] = (
  parse(readFileSync('kustomize/prometheus-adapter/config.yaml', 'utf8')) as { rules: [AdapterRule] }
).rules;

/** How the adapter fills in its template, for the pods of an HPA. */
const adapterQuery = (pods: readonly string[]): string =>
  rule.metricsQuery
    .replaceAll('<<.Series>>', 'http_requests_total')
    .replaceAll('<<.LabelMatchers>>', `namespace="ml-serving",pod=~"${pods.join('|')}"`)
    .replaceAll('<<.GroupBy>>', 'pod');

interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** As promtool writes them: start, step and count, every 15 s. */
  readonly values: string;
}

interface Sample {
  readonly labels: string;
  readonly value: number;
}

/** The error of promtool; empty when `query` gives `expected` after five minutes. */
function asked(
  folder: string,
  series: readonly Series[],
  query: string,
  expected: readonly Sample[],
): string {
  const file = join(folder, 'test.yml');
  const labelled = ({ name, labels }: Series): string =>
    `${name}{${Object.entries(labels)
      .map(([key, value]) => `${key}="${value}"`)
      .join(',')}}`;
  const tests = [
    {
      interval: '15s',
      input_series: series.map((one) => ({ series: labelled(one), values: one.values })),
      promql_expr_test: [{ expr: query, eval_time: '5m', exp_samples: expected }],
    },
  ];
  writeFileSync(file, JSON.stringify({ rule_files: [], evaluation_interval: '15s', tests }));
  const { good, said } = promtool(['test', 'rules', file]);
  return good ? '' : said.join('\n');
}

const pod = (name: string, more: Readonly<Record<string, string>> = {}) => ({
  job: 'ortolan',
  namespace: 'ml-serving',
  pod: name,
  ...more,
});

/** `perSecond` requests a second to a route, of one pod. */
const requests = (perSecond: number, labels: Readonly<Record<string, string>>): Series => ({
  name: 'http_requests_total',
  labels,
  values: `0+${perSecond * 15}x40`,
});

t.test(
  'predictions count by pod, refused ones too; probes, scrapes and documents do not',
  { skip: withoutPromtool },
  (t) => {
    const routes = Object.values(ROUTES).map(({ method, pattern, quiet }) => ({
      // Other calls by POST change models and their traffic.
      counts: !quiet && method === 'POST' && ['predict', 'infer'].includes(pattern.split('/').at(-1)!),
      series: requests(10, pod('ml-api-a', { method, route: pattern, code: '200' })),
    }));
    const series = [
      ...routes.map((route) => route.series),
      requests(4, pod('ml-api-b', { method: 'POST', route: '/v1/predict', code: '503' })),
      requests(9, pod('ml-api-c', { method: 'POST', route: '/v1/predict', code: '200' })),
      requests(9, {
        ...pod('ml-api-a', { method: 'POST', route: '/v1/predict', code: '200' }),
        namespace: 'other',
      }),
    ];
    const predictions = routes.filter(({ counts }) => counts).length;
    t.ok(predictions > 0);
    const expected = [
      { labels: '{pod="ml-api-a"}', value: 10 * predictions },
      { labels: '{pod="ml-api-b"}', value: 4 },
    ];
    const query = adapterQuery(['ml-api-a', 'ml-api-b']);
    t.equal(asked(t.testdir(), series, query, expected), '');
    // The check itself: what every route would give is refused.
    const all = [{ labels: '{pod="ml-api-a"}', value: 10 * routes.length }, expected[1]!];
    t.match(asked(t.testdir(), series, query, all), /expr: .*http_requests_total/);
    t.end();
  },
);

t.test('the adapter and the HPA use the same metric name', { skip: withoutKustomize }, (t) => {
  const [, , custom] = theOnly(buildOverlay('production'), 'HorizontalPodAutoscaler').spec.metrics!;
  const name = 'http_requests_total'.replace(
    new RegExp(rule.name.matches),
    rule.name.as.replace('${1}', '$1'),
  );
  t.equal(custom?.pods?.metric.name, name);
  t.match(rule.seriesQuery, /^http_requests_total\{/);
  t.match(rule.resources.overrides, { namespace: { resource: 'namespace' }, pod: { resource: 'pod' } });
  t.end();
});

t.test(
  'KEDA gets the offered work in pods, and no series when there is no pod',
  { skip: withoutKustomize || withoutPromtool },
  (t) => {
    const folder = t.testdir({ overlay: {}, queries: {} });
    const [trigger] = theOnly(buildWith(['keda'], `${folder}/overlay`), 'ScaledObject').spec.triggers;
    const query = trigger!.metadata['query']!;
    const saturation = (labels: Readonly<Record<string, string>>, value: number): Series => ({
      name: 'ortolan_saturation_ratio',
      labels,
      values: `${value}+0x40`,
    });
    const series = [
      saturation(pod('ml-api-a'), 1.25),
      saturation(pod('ml-api-b'), 0.5),
      saturation(pod('ml-api-c'), 0.25),
      saturation({ ...pod('ml-api-a'), namespace: 'other' }, 3),
    ];
    t.equal(asked(`${folder}/queries`, series, query, [{ labels: '{}', value: 2 }]), '');
    t.equal(asked(`${folder}/queries`, [series[3]!], query, []), '');
    // Two pods' worth of work, none of them over the threshold: three.
    t.equal(Math.ceil(2 / Number(trigger!.metadata['threshold'])), 3);
    t.end();
  },
);

const declared = createMetrics()
  .registry.getMetricsAsArray()
  .map(({ name }) => name);
const SATURATION = 'ortolan_saturation_ratio';

t.test('the metrics of both exist', (t) => {
  for (const name of ['http_requests_total', SATURATION]) t.ok(declared.includes(name), name);
  t.end();
});
