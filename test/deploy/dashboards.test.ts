/** The dashboards: they query only declared metrics, and match the settings that provision them. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { parse } from 'yaml';
import { filledIn, panelsOf, readDashboards } from '../../grafana/panels.ts';
import { dashboard } from '../../grafana/source/dashboard.ts';
import { lines } from '../../grafana/source/panel.ts';
import { rawCounters, unknownNames } from './known-metrics.ts';
import { readPromql } from './promql.ts';

const dashboards = readDashboards();
const { groups } = parse(readFileSync('prometheus/rules/recording.yml', 'utf8')) as {
  groups: { rules: { record: string }[] }[];
};
const recorded = new Set(groups.flatMap(({ rules }) => rules.map(({ record }) => record)));

t.test('every query uses existing metrics and labels, and takes the rate of every counter', async (t) => {
  for (const one of dashboards) {
    for (const { title, targets } of panelsOf(one)) {
      for (const { expr } of targets) {
        const text = filledIn(expr, { rate: 60, range: 900 });
        t.notMatch(text, /\$/, `${title}: every variable is known`);
        const query = readPromql(text);
        t.strictSame([...query.errors, ...unknownNames(query, recorded), ...rawCounters(query)], [], title);
      }
    }
  }
});

t.test('the overview comes first, and every dashboard has a unique address and title', async (t) => {
  t.strictSame(
    dashboards.map(({ uid }) => uid),
    ['ortolan-overview', 'ortolan-batching', 'ortolan-models'],
  );
  t.equal(new Set(dashboards.map(({ title }) => title)).size, dashboards.length);
});

t.test('the first row of the overview shows the state of the server by colour', async (t) => {
  const [row, ...panels] = dashboards[0]!.panels;
  t.equal(row?.type, 'row');
  const first = panels.slice(
    0,
    panels.findIndex(({ type }) => type === 'row'),
  );
  t.equal(first.length, 8);
  for (const panel of first) t.equal(panel.type, 'stat', panel.title);
});

t.test('panels are side by side, and the next row begins below the tallest', async (t) => {
  const panel = (title: string, width: number, height: number) =>
    lines({ title, description: '', unit: 's', queries: [{ expr: 'up' }], width, height });
  const row = { title: 'R', panels: [panel('a', 12, 4), panel('b', 12, 8), panel('c', 24, 4)] };
  const { panels } = dashboard({ uid: 'u', title: 'T', description: '', byModel: false, rows: [row] });
  t.match(panels, [
    { type: 'row', gridPos: { x: 0, y: 0, w: 24, h: 1 } },
    { title: 'a', gridPos: { x: 0, y: 1, w: 12, h: 4 } },
    { title: 'b', gridPos: { x: 12, y: 1, w: 12, h: 8 } },
    { title: 'c', gridPos: { x: 0, y: 9, w: 24, h: 4 } },
  ]);
});

t.test('provisioned data sources and dashboards match', async (t) => {
  const provisioned = (kind: string): unknown =>
    parse(readFileSync(`grafana/provisioning/${kind}/ortolan.yaml`, 'utf8'));
  t.match(provisioned('datasources'), {
    datasources: [
      {
        uid: 'prometheus',
        isDefault: true,
        jsonData: { exemplarTraceIdDestinations: [{ name: 'trace_id', datasourceUid: 'jaeger' }] },
      },
      { uid: 'jaeger' },
    ],
  });
  t.match(provisioned('dashboards'), { providers: [{ options: { path: '/var/lib/grafana/dashboards' } }] });
});
