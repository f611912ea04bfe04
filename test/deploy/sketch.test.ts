/** Panels drawn without Grafana: figures, charts, and nothing of a label that a page would take for its own. */
import t from 'tap';
import { panelsOf, readDashboards, type PanelView } from '../../grafana/panels.ts';
import { heatChart, lineChart, stacked, topOf } from '../../grafana/sketch/chart.ts';
import { figure } from '../../grafana/sketch/figure.ts';
import { panelBody, type Answered } from '../../grafana/sketch/panel.ts';

const panels = readDashboards().flatMap(panelsOf);
const panel = (title: string): PanelView => panels.find((one) => one.title === title)!;
const SPAN = { from: 0, to: 100 };
const answered = (labels: Record<string, string>, ...values: readonly number[]): Answered => ({
  labels,
  legend: '__auto',
  points: values.map((value, index) => [index * 10, value] as const),
});

t.test('values are shown in their unit', async (t) => {
  t.equal(figure(0.0144, 'percentunit'), '1.44 %');
  t.equal(figure(0.0144, 'percentunit', 0), '1 %');
  t.equal(figure(0.1534, 's'), '153 ms');
  t.equal(figure(2.5, 's'), '2.5 s');
  t.equal(figure(1_073_741_824, 'bytes'), '1 GiB');
  t.equal(figure(1500, 'Bps'), '1.5 kB/s');
  t.equal(figure(12.34, 'reqps'), '12.3/s');
  t.equal(figure(3, 'none'), '3');
});

t.test('stacked lines stand on one another; a moment that one lacks counts as nothing', async (t) => {
  const [low, high] = stacked([
    [
      [0, 1],
      [10, 2],
    ],
    [[10, 5]],
  ]);
  t.strictSame(low, [
    [0, 1],
    [10, 2],
  ]);
  t.strictSame(high, [
    [0, 1],
    [10, 7],
  ]);
  t.equal(topOf([low!, high!]), 7);
});

t.test('a line goes from the left to the right, and up', async (t) => {
  const points = [
    [0, 0],
    [100, 10],
  ] as const;
  const svg = lineChart([points], SPAN, { top: 10, colors: ['red'], marks: [5, 20] });
  t.match(svg, 'points="0.0,120.0 400.0,0.0"');
  t.equal(svg.match(/class="mark"/g)?.length, 1, 'a threshold beyond the top is not drawn');
});

t.test('heat is drawn where something was observed', async (t) => {
  t.equal(heatChart([[[50, 4]], [[50, 0]]], SPAN, 10).match(/<rect/g)?.length, 1);
});

t.test('a figure has the colour of its threshold', async (t) => {
  const body = (value: number): string => panelBody(panel('Failing now'), [answered({}, value)], SPAN, 10);
  t.match(body(0), 'class="stat green">0.0 %');
  t.match(body(0.005), 'class="stat yellow">0.5 %');
  t.match(body(0.02), 'class="stat red">2.0 %');
  t.match(panelBody(panel('Failing now'), [], SPAN, 10), 'no traffic');
});

t.test('every kind of panel can be drawn, and what a label says is text', async (t) => {
  const nasty = '<script>alert(1)</script>';
  const labels = {
    le: '1',
    class: nasty,
    code: nasty,
    model: nasty,
    version: nasty,
    instance: nasty,
    alertname: nasty,
  };
  for (const one of panels) {
    const answers = one.targets.map(({ legendFormat }) => ({
      ...answered(labels, 1, 2),
      legend: legendFormat,
    }));
    const body = panelBody(one, answers, SPAN, 10);
    t.notMatch(body, /<script|NaN|undefined/, one.title);
  }
  t.equal(new Set(panels.map(({ type }) => type)).size, 6);
});
