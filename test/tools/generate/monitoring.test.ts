import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';

const generate = (cwd: string, ...options: string[]) =>
  spawnSync(process.execPath, [resolve('tools/generate/main.ts'), ...options], { cwd, encoding: 'utf8' });

const RULES = `# Who is called.
groups:
  - name: one
    rules:
      - alert: Down
        expr: |
          up == 0

          or absent(up)
        annotations:
          summary: 'It is {{ $labels.instance }}.'
`;

const HERE = 'kustomize/components/monitoring/rules';
const read = (folder: string, file: string) => parse(readFileSync(join(folder, file), 'utf8'));

t.test('a file of rules becomes a PrometheusRule with the same rules', (t) => {
  const folder = t.testdir({ docs: {}, prometheus: { rules: { 'alerts.yml': RULES, 'notes.md': '' } } });
  t.equal(generate(folder).status, 0);
  const rule = read(folder, `${HERE}/alerts.yaml`);
  t.match(rule, {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'ortolan-alerts' },
  });
  t.strictSame(rule.spec, parse(RULES));
  t.strictSame(read(folder, `${HERE}/kustomization.yaml`).resources, ['alerts.yaml']);
  t.end();
});

t.test('each dashboard becomes a ConfigMap of its own that Grafana finds', (t) => {
  const dashboards = { 'overview.json': '{}', 'models.json': '{}' };
  const folder = t.testdir({ docs: {}, grafana: { dashboards } });
  t.equal(generate(folder).status, 0);
  t.match(read(folder, 'grafana/kustomization.yaml'), {
    configMapGenerator: [
      { name: 'ortolan-dashboard-models', files: ['dashboards/models.json'] },
      { name: 'ortolan-dashboard-overview', files: ['dashboards/overview.json'] },
    ],
    generatorOptions: { disableNameSuffixHash: true, labels: { grafana_dashboard: '1' } },
  });
  t.end();
});

t.test('a rule or a dashboard that has changed or is new is noticed', (t) => {
  const folder = t.testdir({
    docs: {},
    prometheus: { rules: { 'alerts.yml': RULES } },
    grafana: { dashboards: { 'overview.json': '{}' } },
  });
  t.equal(generate(folder).status, 0);
  t.equal(generate(folder, '--check').status, 0);
  writeFileSync(join(folder, 'prometheus/rules/alerts.yml'), RULES.replace('Down', 'Up'));
  t.equal(generate(folder, '--check').stderr, `Not current: ${HERE}/alerts.yaml. Run \`make generate\`.\n`);
  writeFileSync(join(folder, 'prometheus/rules/alerts.yml'), RULES);
  writeFileSync(join(folder, 'grafana/dashboards/models.json'), '{}');
  t.match(generate(folder, '--check').stderr, 'Not current: grafana/kustomization.yaml.');
  t.end();
});
