/** The dashboards: made by their sources, in a form that Grafana reads, and asking for nothing that does not exist. */
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Errors } from 'typebox/schema';
import { parse } from 'yaml';
import { DASHBOARDS, filledIn, panelsOf as viewsOf, readDashboards } from '../../grafana/panels.ts';
import { faultsOf } from './dashboard-rules.ts';
import { Dashboard, panelsOf, type DashboardJson, type PanelJson } from './dashboard-shape.ts';
import { readPromql } from './promql.ts';

const files = readdirSync(DASHBOARDS)
  .filter((name) => name.endsWith('.json'))
  .toSorted();
const read = (file: string): DashboardJson =>
  JSON.parse(readFileSync(join(DASHBOARDS, file), 'utf8')) as DashboardJson;
const rules = parse(readFileSync('prometheus/rules/recording.yml', 'utf8')) as {
  groups: { rules: { record: string }[] }[];
};
const recorded = new Set(rules.groups.flatMap((group) => group.rules.map(({ record }) => record)));

t.test('the dashboards are what their sources give', async (t) => {
  const { status, stderr } = spawnSync(process.execPath, ['grafana/write.ts', '--check'], {
    encoding: 'utf8',
  });
  t.equal(status, 0, stderr);
  t.strictSame(files, ['batching.json', 'models.json', 'overview.json']);
});

for (const file of files) {
  t.test(`${file} has the form that Grafana reads`, async (t) => {
    const [valid, faults] = Errors(Dashboard, read(file));
    t.ok(valid, JSON.stringify(faults, null, 2));
  });

  t.test(`${file} keeps the rules`, async (t) => {
    t.strictSame(faultsOf(read(file), recorded), []);
  });
}

t.test('addresses and names are unique, and fit those who link to them', async (t) => {
  const all = files.map(read);
  t.equal(new Set(all.map(({ uid }) => uid)).size, all.length);
  t.equal(new Set(all.map(({ title }) => title)).size, all.length);
  t.ok(all.every(({ tags }) => tags.includes('ortolan')));
});

t.test('the first row of the overview answers whether it is well, by colour', async (t) => {
  const [, ...panels] = read('overview.json').panels;
  const first = panels.slice(
    0,
    panels.findIndex(({ type }) => type === 'row'),
  ) as PanelJson[];
  t.equal(first.length, 8);
  for (const { type, fieldConfig, gridPos } of first) {
    t.equal(type, 'stat');
    t.equal(gridPos.y, 1);
    const colors = fieldConfig.defaults.thresholds.steps.map(({ color }) => color);
    t.ok(colors.includes('green') && colors.includes('red'));
  }
});

const broken = (change: (dashboard: DashboardJson, panel: PanelJson) => void): readonly string[] => {
  const dashboard = read('overview.json');
  change(dashboard, panelsOf(dashboard)[0]!);
  return faultsOf(dashboard, recorded);
};
/** The types are read-only, because nothing but this test changes a dashboard. */
const set = (object: object, change: object): void => void Object.assign(object, change);
const expr = (text: string) => (_: DashboardJson, panel: PanelJson) => set(panel.targets[0]!, { expr: text });
const CHOSEN = 'job=~"$job", instance=~"$instance"';

for (const [what, change, fault] of [
  ['can be edited', (dashboard) => set(dashboard, { editable: true }), /edited/],
  ['has two panels in one place', (_, panel) => set(panel.gridPos, { x: 3 }), /overlap/],
  ['has two panels of one name', (_, panel) => set(panel, { title: 'Memory' }), /called Memory/],
  ['has a title that is a sentence', (_, panel) => set(panel, { title: 'It is up.' }), /no sentence/],
  [
    'does not say what no data means',
    (_, panel) => set(panel.fieldConfig.defaults, { noValue: undefined }),
    /no data/,
  ],
  [
    'has no variable for the server',
    ({ templating }) => void templating.list.splice(2, 1),
    /no variable instance/,
  ],
  [
    'lets one choose a single job only',
    ({ templating }) => set(templating.list[1]!, { multi: false }),
    /choose all/,
  ],
  ['asks for no metric of ours', expr(`nope{${CHOSEN}}`), /there is no metric nope/],
  ['asks for a label that is not there', expr(`up{${CHOSEN}, model="m"}`), /up has no label model/],
  ['asks for all jobs', expr('up{instance=~"$instance"}'), /does not ask for \$job/],
  ['asks for all servers', expr('up{job=~"$job"}'), /does not ask for \$instance/],
  ['shows a counter as it is', expr(`ortolan_worker_deaths_total{${CHOSEN}}`), /without rate/],
  ['has an interval of its own', expr(`rate(ortolan_worker_deaths_total{${CHOSEN}}[5m])`), /interval/],
  ['does not parse', expr(`sum(up{${CHOSEN}}`), /does not parse/],
] as readonly (readonly [string, (dashboard: DashboardJson, panel: PanelJson) => void, RegExp])[]) {
  t.test(`a dashboard that ${what} is found out`, async (t) => {
    t.match(broken(change).join('\n'), fault);
  });
}

t.test('a panel without a description or a unit is not in the form', async (t) => {
  for (const field of ['description', 'title', 'targets', 'fieldConfig']) {
    const dashboard = read('models.json');
    set(panelsOf(dashboard)[0]!, { [field]: undefined });
    t.notOk(Errors(Dashboard, dashboard)[0], field);
  }
});

t.test('every query can be filled in, and is PromQL then', async (t) => {
  for (const dashboard of readDashboards()) {
    for (const { expr } of viewsOf(dashboard).flatMap(({ targets }) => targets)) {
      const text = filledIn(expr, { rate: 60, range: 900 });
      t.notMatch(text, /\$/, dashboard.title);
      t.strictSame(readPromql(text).errors, []);
    }
  }
});

t.test('what is provisioned fits together', async (t) => {
  const provisioned = (kind: string): unknown =>
    parse(readFileSync(`grafana/provisioning/${kind}/ortolan.yaml`, 'utf8'));
  const { datasources } = provisioned('datasources') as {
    datasources: {
      uid: string;
      isDefault?: boolean;
      jsonData?: { exemplarTraceIdDestinations: { name: string; datasourceUid: string }[] };
    }[];
  };
  t.strictSame(
    datasources.map(({ uid }) => uid),
    ['prometheus', 'jaeger'],
  );
  t.ok(datasources[0]?.isDefault);
  t.strictSame(datasources[0]?.jsonData?.exemplarTraceIdDestinations, [
    { name: 'trace_id', datasourceUid: 'jaeger' },
  ]);
  const { providers } = provisioned('dashboards') as { providers: { options: { path: string } }[] };
  t.equal(providers[0]?.options.path, '/var/lib/grafana/dashboards');
});
