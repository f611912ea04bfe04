/** The settings, rules and alerts of Prometheus: checked by promtool, and against the manual. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { factsOf } from '../../src/config/schema.ts';
import { createMetrics } from '../../src/telemetry/metrics/metrics.ts';
import { promtool, WITH_PROMTOOL } from '../support/promtool.ts';
import { rawCounters, unknownNames } from './known-metrics.ts';
import { readPromql } from './promql.ts';

interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface RuleTest {
  readonly tests: readonly {
    readonly alert_rule_test?: readonly {
      readonly alertname: string;
      readonly exp_alerts?: readonly object[];
    }[];
  }[];
}

// Real tools on a machine that may be busy.
t.setTimeout(0);

const FOLDER = 'prometheus';
const filesOf = (folder: string): string[] =>
  readdirSync(join(FOLDER, folder))
    .filter((name) => name.endsWith('.yml'))
    .toSorted()
    .map((name) => join(FOLDER, folder, name));
const read = (file: string): unknown => parse(readFileSync(file, 'utf8'));

const rules = filesOf('rules')
  .flatMap((file) => (read(file) as { groups: { rules: Rule[] }[] }).groups)
  .flatMap((group) => group.rules);
const recorded = new Set(rules.flatMap(({ record }) => record ?? []));
const alerts = rules.filter(({ alert }) => alert !== undefined);
const rule = (name: string): string => rules.find(({ record }) => record === name)?.expr ?? '';

for (const [what, args] of [
  ['the settings are valid', ['check', 'config', join(FOLDER, 'prometheus.yml')]],
  ['the rules are valid', ['check', 'rules', ...filesOf('rules')]],
  ['every alert fires when it should, and not when it should not', ['test', 'rules', ...filesOf('tests')]],
] as const) {
  t.test(`${what}, says promtool`, WITH_PROMTOOL, async (t) => {
    const { good, said } = promtool(args);
    t.ok(good, said.join('\n'));
  });
}

/** The external label where it is set, else the path in the repository. */
const RUNBOOKS = '{{ with $externalLabels.runbooks }}{{ . }}{{ else }}docs/operations.md{{ end }}';

/** Those that docs/operations.md has a heading for. */
const AGREED = [
  'OrtolanAccuracyLow',
  'OrtolanArtifactRefused',
  'OrtolanArtifactsUnreadable',
  'OrtolanAuditIncomplete',
  'OrtolanCertificateExpiresSoon',
  'OrtolanCertificateRefused',
  'OrtolanConfidenceShifted',
  'OrtolanCrashed',
  'OrtolanDeviceLost',
  'OrtolanDown',
  'OrtolanDrift',
  'OrtolanDriftNotWatched',
  'OrtolanErrorBudgetBurnFast',
  'OrtolanErrorBudgetBurnSlow',
  'OrtolanEventLoopLag',
  'OrtolanFeatureStoreDown',
  'OrtolanKeySetStale',
  'OrtolanLatencyBudgetBurnFast',
  'OrtolanLatencyBudgetBurnSlow',
  'OrtolanLimitsNotShared',
  'OrtolanMemoryHigh',
  'OrtolanModelQuarantined',
  'OrtolanModelUnavailable',
  'OrtolanModelUntrusted',
  'OrtolanNotReady',
  'OrtolanOverloaded',
  'OrtolanPipelineFailed',
  'OrtolanPipelineStalled',
  'OrtolanPredictionLogIncomplete',
  'OrtolanRolledBack',
  'OrtolanWorkerDied',
  'OrtolanWorkersMissing',
];

t.test('every alert has a severity, a description, and a link to its heading in the manual', async (t) => {
  t.strictSame(
    alerts.map(({ alert = '' }) => alert).toSorted((a, b) => (a < b ? -1 : 1)),
    AGREED,
  );
  for (const { alert = '', labels, annotations } of alerts) {
    t.match(labels?.['severity'], /^(critical|warning)$/, alert);
    t.match(annotations?.['summary'], /\.$/, `${alert}: a sentence`);
    t.match(annotations?.['description'], /\.$/, `${alert}: a sentence`);
    t.equal(annotations?.['runbook_url'], `${RUNBOOKS}#${alert.toLowerCase()}`, alert);
  }
});

const MANUAL = 'docs/operations.md';
/** Of other programs: the kubelet, kube-state-metrics. */
const OF_A_CLUSTER = /\b(container|kube)_\w+/;

t.test('the manual uses metrics and labels that exist', async (t) => {
  const code = [...readFileSync(MANUAL, 'utf8').matchAll(/^```\n([^`]*)^```$|`([^`\n]+)`/gm)]
    .map(([, block, span]) => block ?? span!)
    .filter(
      (text) => /\b(ortolan|http|predictions?|process|nodejs)_[a-z]+_/.test(text) && !OF_A_CLUSTER.test(text),
    );
  t.ok(code.length > 20);
  for (const text of code) {
    const query = readPromql(text);
    t.strictSame([...query.errors, ...unknownNames(query, recorded)], [], text);
  }
});

t.test('every alert has a case in which it fires, and one in which it does not', async (t) => {
  const cases = filesOf('tests')
    .flatMap((file) => (read(file) as RuleTest).tests)
    .flatMap(({ alert_rule_test = [] }) => alert_rule_test);
  const fires = cases
    .filter(({ exp_alerts = [] }) => exp_alerts.length > 0)
    .map(({ alertname }) => alertname);
  const silent = cases
    .filter(({ exp_alerts = [] }) => exp_alerts.length === 0)
    .map(({ alertname }) => alertname);
  for (const name of AGREED) {
    t.ok(fires.includes(name), `${name} fires`);
    t.ok(silent.includes(name), `${name} does not fire`);
  }
});

t.test('rules use only existing metrics and labels, and take the rate of every counter', async (t) => {
  for (const { record, alert = '', expr } of rules) {
    const query = readPromql(expr);
    t.strictSame(
      [...query.errors, ...unknownNames(query, recorded), ...rawCounters(query)],
      [],
      record ?? alert,
    );
  }
});

t.test('metrics with shared names are selected by our job', async (t) => {
  for (const { record, alert = '', expr } of rules) {
    for (const { metric, matchers } of readPromql(expr).selectors.filter(
      // Those of a pipeline are scraped with what an exporter or a gateway has.
      ({ metric }) => !recorded.has(metric) && !metric.startsWith('ortolan_pipeline_'),
    )) {
      t.match(matchers['job'], /^=~?"ortolan(\.\*)?"$/, `${metric} in ${record ?? alert}`);
    }
  }
});

t.test('burn rate rules differ only in their windows', async (t) => {
  for (const what of ['availability', 'latency']) {
    const base = `job:ortolan_${what}:burnrate`;
    const windows = ['30m', '1h', '2h', '6h', '1d', '3d', '30d'];
    t.equal([...recorded].filter((name) => name.startsWith(base)).length, windows.length + 1);
    for (const window of windows) {
      t.equal(rule(`${base}${window}`).replaceAll(`[${window}]`, '[5m]'), rule(`${base}5m`), window);
    }
  }
});

t.test(
  'the latency objective of the rules is the default of the server, and the edge of a bucket',
  async (t) => {
    const seconds = Number(/le="([^"]+)"/.exec(rule('job:ortolan_latency:burnrate5m'))?.[1]);
    t.equal(seconds * 1000, factsOf('sloP99Ms').default);
    t.notOk(Number.isInteger(seconds), 'Prometheus 3 writes the edge 1 as 1.0, others as 1');
    const { predictionDuration, registry } = createMetrics();
    predictionDuration.of({ model: 'm', version: '1' }).observe(seconds);
    t.match(
      await registry.metrics(),
      new RegExp(`^prediction_duration_seconds_bucket{.*le="${seconds}"`, 'm'),
    );
  },
);

t.test('a missing metric or label is named', async (t) => {
  const faults = (expr: string): readonly string[] => unknownNames(readPromql(expr), recorded);
  t.strictSame(faults('rate(nope_total{job="ortolan"}[5m])'), ['there is no metric nope_total']);
  t.strictSame(faults('up{color="red"}'), ['up has no label color']);
  t.strictSame(faults('sum by (job, colour) (up)'), ['nothing has a label colour']);
  t.strictSame(faults('sum by (state) (ortolan_workers)'), []);
  t.strictSame(rawCounters(readPromql('http_requests_total > 3')), ['http_requests_total']);
  t.match(readPromql('sum(up').errors, [/^at /]);
});
