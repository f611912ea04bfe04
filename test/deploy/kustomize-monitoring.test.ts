/** The cluster uses the same rules and dashboards as all other deployments. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { buildOverlay, withoutKustomize } from '../support/cluster/build.ts';
import { ofKind, theOnly } from '../support/cluster/manifest.ts';

const skip = withoutKustomize;

const filesIn = (folder: string, ending: string): string[] =>
  readdirSync(folder).filter((file) => file.endsWith(ending));

t.test('every file of rules is one PrometheusRule, unchanged, and there is no other', { skip }, (t) => {
  const made = ofKind(buildOverlay('production'), 'PrometheusRule').map(
    ({ metadata, spec }) => [metadata.name, spec] as const,
  );
  const files = filesIn('prometheus/rules', '.yml').map(
    (file) =>
      [
        `ortolan-${basename(file, '.yml')}`,
        parse(readFileSync(join('prometheus/rules', file), 'utf8')) as unknown,
      ] as const,
  );
  t.strictSame(Object.fromEntries(made), Object.fromEntries(files));
  t.strictSame(
    filesIn('kustomize/components/monitoring/rules', '.yaml').toSorted(),
    [...files.map(([name]) => `${name.replace('ortolan-', '')}.yaml`), 'kustomization.yaml'].toSorted(),
    'nothing is left of rules that are gone',
  );
  t.end();
});

t.test('every dashboard is one ConfigMap that Grafana’s sidecar finds', { skip }, (t) => {
  const made = ofKind(buildOverlay('production'), 'ConfigMap')
    .filter(({ metadata }) => metadata.labels?.['grafana_dashboard'] === '1')
    .flatMap(({ data }) => Object.entries(data ?? {}));
  const files = filesIn('grafana/dashboards', '.json').map((file) => [
    file,
    readFileSync(join('grafana/dashboards', file), 'utf8'),
  ]);
  t.strictSame(Object.fromEntries(made), Object.fromEntries(files));
  t.end();
});

t.test('the job is called ortolan, by the label that the ServiceMonitor names', { skip }, (t) => {
  const objects = buildOverlay('production');
  const { spec, metadata } = theOnly(objects, 'ServiceMonitor');
  t.equal(theOnly(objects, 'Service').metadata.labels?.[spec.jobLabel ?? ''], 'ortolan');
  t.match(spec.endpoints, [{ port: 'http', path: '/metrics' }]);
  // What the Prometheus of kube-prometheus-stack selects.
  for (const object of [{ metadata }, ...ofKind(objects, 'PrometheusRule')]) {
    t.equal(object.metadata.labels?.['release'], 'prometheus');
  }
  t.end();
});
