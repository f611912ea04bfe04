/** The page of links of `make observe`: the Prometheus graph of each panel's link. */
import t from 'tap';
import type { DashboardView, PanelView } from '../../grafana/panels.ts';
import { panelPage } from '../../prometheus/panel-page.ts';

const SETTINGS = { span: 300, rate: 8 };

const panel = (title: string, type: PanelView['type'], ...legends: readonly string[]): PanelView => ({
  type,
  title,
  description: 'a < b',
  targets: legends.map((legendFormat, index) => ({
    expr: `m${index}{job=~"$job"}[$__rate_interval]`,
    instant: false,
    legendFormat,
  })),
  fieldConfig: { defaults: { custom: { stacking: { mode: 'normal' } } } },
});

/** The parameters of the link with this text, in a dashboard of one row, `Row`. */
function linked(text: string, ...panels: readonly PanelView[]): URLSearchParams {
  const dashboard: DashboardView = {
    uid: 'd',
    title: 'D',
    description: '',
    templating: { list: [] },
    panels: [{ type: 'row', title: 'Row' }, ...panels],
  };
  const [, href] = new RegExp(`<a href="/graph\\?([^"]*)">${text}</a>`).exec(
    panelPage([dashboard], SETTINGS),
  )!;
  return new URLSearchParams(href!.replaceAll('&amp;', '&'));
}

t.test('a link has the query with its variables filled in, below the title', async (t) => {
  const link = linked('Requests', panel('Requests', 'timeseries', '{{code}}'));
  t.equal(link.get('g0.expr'), '# Requests\nm0{job=~"ortolan"}[8s]');
  t.equal(link.get('g0.range_input'), '300s');
});

t.test('stacked lines are stacked, and only a table is a table', async (t) => {
  const graph = linked('Lines', panel('Lines', 'timeseries', '__auto'));
  t.strictSame([graph.get('g0.stacked'), graph.get('g0.tab')], ['1', '0']);
  t.equal(linked('Alerts', panel('Alerts', 'table', '__auto')).get('g0.tab'), '1');
});

t.test('several queries of a panel are one graph, distinguished by their legends', async (t) => {
  const link = linked('Latency', panel('Latency', 'timeseries', 'p50 {{model}} {{version}}', 'done, {{a}}'));
  t.match(link.get('g0.expr'), 'label_replace(m0{job=~"ortolan"}[8s], "series", "p50", "", "") or label_');
  t.match(link.get('g0.expr'), '"series", "done", "", "")');
  t.notOk(link.has('g1.expr'));
});

t.test('the title of a row opens all of its panels', async (t) => {
  const link = linked('Row', panel('A', 'stat', '__auto'), panel('B', 'heatmap', '{{le}}'));
  t.match(link.get('g0.expr'), /^# A\n/);
  t.match(link.get('g1.expr'), /^# B\n/);
});

t.test('text of a dashboard is escaped on the page', async (t) => {
  const dashboard = {
    uid: 'd',
    title: '<b>',
    description: '&',
    templating: { list: [] },
    panels: [],
  };
  t.match(panelPage([dashboard], SETTINGS), '<h2>&lt;b&gt;</h2><p>&amp;</p>');
});
