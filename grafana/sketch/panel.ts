/**
 * One panel as HTML, from what Prometheus answered to its queries: a sketch of what Grafana would draw, with the same
 * figures, units and thresholds. Pure; knows no Prometheus and no clock.
 */
import { escaped } from '../../tools/markup/escaped.ts';
import type { PanelView } from '../panels.ts';
import { heatChart, lineChart, stacked, topOf, type Points, type Span } from './chart.ts';
import { figure } from './figure.ts';

export interface Answered {
  readonly labels: Readonly<Record<string, string>>;
  readonly points: Points;
  /** The legend of the query that it answers. */
  readonly legend: string;
}

/** Told apart by people who see few colours, too. */
const COLORS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00', '#8c564b', '#7f7f7f'];

/** A panel of a hundred series is no help: the largest ones are shown. */
const SHOWN = 12;

export function panelBody(panel: PanelView, answers: readonly Answered[], span: Span, step: number): string {
  const { noValue = 'no data' } = panel.fieldConfig.defaults;
  if (answers.length === 0) return `<p class="none">${escaped(noValue)}</p>`;
  switch (panel.type) {
    case 'stat':
      return stat(panel, answers);
    case 'timeseries':
      return timeseries(panel, answers, span);
    case 'heatmap':
      return heat(panel, answers, span, step);
    case 'bargauge':
      return bars(panel, answers);
    case 'table':
      return table(panel, answers);
    case 'state-timeline':
      return list(panel, answers);
  }
}

const lastOf = ({ points }: Answered): number => points.at(-1)?.[1] ?? NaN;

function stat(panel: PanelView, [first]: readonly Answered[]): string {
  const value = lastOf(first!);
  return `<p class="stat ${colorAt(panel, value)}">${shown(panel, value)}</p>`;
}

function timeseries(panel: PanelView, answers: readonly Answered[], span: Span): string {
  const { thresholds, custom, max } = panel.fieldConfig.defaults;
  const isStacked = custom?.stacking?.mode === 'normal';
  const some = answers.toSorted((a, b) => topOf([b.points]) - topOf([a.points])).slice(0, SHOWN);
  const points = some.map((answer) => answer.points);
  const lines = isStacked ? stacked(points) : points;
  const top = Math.max(topOf(lines), max ?? 0);
  const colors = some.map((_, index) => COLORS[index % COLORS.length]!);
  const marks = thresholds.steps.flatMap(({ value }) => value ?? []);
  const legend = some.map(
    (answer, index) =>
      `<li><i style="background:${colors[index]}"></i>${escaped(nameOf(answer))}<b>${shown(panel, lastOf(answer))}</b></li>`,
  );
  return `<small class="top">${shown(panel, top)}</small>${lineChart(lines, span, { top, colors, marks })}<ul>${legend.join('')}</ul>`;
}

function heat(panel: PanelView, answers: readonly Answered[], span: Span, step: number): string {
  const bands = answers.toSorted((a, b) => edgeOf(a) - edgeOf(b));
  // Buckets are cumulative: what is in one alone is the difference to the one below.
  const alone = bands.map(({ points }, index) => {
    const below = new Map(bands[index - 1]?.points ?? []);
    return points.map(([at, value]) => [at, value - (below.get(at) ?? 0)] as const);
  });
  const edges = bands.map(edgeOf).filter(Number.isFinite);
  const ends = `${shown(panel, edges[0] ?? 0)} to ${shown(panel, edges.at(-1) ?? 0)}, from below`;
  return `<small class="top">${ends}</small>${heatChart(alone, span, step)}`;
}

const edgeOf = ({ labels }: Answered): number => Number((labels['le'] ?? '').replace('+Inf', 'Infinity'));

function bars(panel: PanelView, answers: readonly Answered[]): string {
  const some = answers.slice(0, SHOWN);
  const most = panel.fieldConfig.defaults.max ?? Math.max(...some.map(lastOf));
  const rows = some.map((answer) => {
    const width = most > 0 ? (100 * lastOf(answer)) / most : 0;
    const bar = `<span class="bar ${colorAt(panel, lastOf(answer))}" style="width:${width.toFixed(1)}%"></span>`;
    return `<li>${escaped(nameOf(answer))}<b>${shown(panel, lastOf(answer))}</b>${bar}</li>`;
  });
  return `<ul class="bars">${rows.join('')}</ul>`;
}

function table({ transformations = [] }: PanelView, answers: readonly Answered[]): string {
  const columns = Object.entries(
    transformations.find(({ id }) => id === 'organize')?.options.renameByName ?? {},
  );
  const head = columns.map(([, name]) => `<th>${escaped(name)}</th>`).join('');
  const rows = answers.map(
    ({ labels }) =>
      `<tr>${columns.map(([label]) => `<td>${escaped(labels[label] ?? '')}</td>`).join('')}</tr>`,
  );
  return `<table><tr>${head}</tr>${rows.join('')}</table>`;
}

function list(panel: PanelView, answers: readonly Answered[]): string {
  const texts = panel.fieldConfig.defaults.mappings?.[0]?.options ?? {};
  const rows = answers.map((answer) => {
    const { text, color } = texts[String(lastOf(answer))] ?? { text: String(lastOf(answer)), color: '' };
    return `<li>${escaped(nameOf(answer))}<b class="${color}">${escaped(text)}</b></li>`;
  });
  return `<ul>${rows.join('')}</ul>`;
}

const shown = ({ fieldConfig: { defaults } }: PanelView, value: number): string =>
  escaped(figure(value, defaults.unit, defaults.decimals));

function colorAt({ fieldConfig }: PanelView, value: number): string {
  const { steps } = fieldConfig.defaults.thresholds;
  return steps.findLast((step) => step.value === null || value >= step.value)?.color ?? '';
}

/** The legend with its labels filled in; without one, the labels. */
function nameOf({ labels, legend }: Answered): string {
  if (legend !== '__auto')
    return legend.replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => labels[label] ?? '');
  return Object.values(labels).join(' ') || 'all';
}
