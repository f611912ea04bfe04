/**
 * Lines against a load, as one SVG that stands alone: labels stand at the ends of the lines instead of in a legend, bands
 * show the smallest and largest repetition. Deterministic: places are rounded to a tenth of a pixel.
 */
import { escaped } from '../../../tools/markup/escaped.ts';
import { apart } from './labels.ts';
import { STYLE, type Hue } from './palette.ts';
import type { Scale } from './scale.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
  /** The smallest and the largest repetition. */
  readonly low: number;
  readonly high: number;
}

export interface Line {
  readonly label: string;
  readonly hue: Hue;
  readonly dashed: boolean;
  readonly band: boolean;
  readonly points: readonly Point[];
}

/** A level that lines are read against. */
export interface Guide {
  readonly label: string;
  readonly axis: 'x' | 'y';
  readonly at: number;
  /** At which end of a level its label stands: there, where the lines are far from it. */
  readonly end?: 'left' | 'right';
}

export interface Chart {
  readonly title: string;
  /** How to read it, in one line. */
  readonly subtitle: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly x: Scale;
  readonly y: Scale;
  readonly lines: readonly Line[];
  readonly guides: readonly Guide[];
}

const WIDTH = 860;
const HEIGHT = 482;
const LEFT = 66;
const TOP = 104;
const RIGHT = 182;
const BOTTOM = 58;

/** Pixels of the two axes; a chart's scales are made for these. */
export const X_PIXELS = WIDTH - LEFT - RIGHT;
export const Y_PIXELS = HEIGHT - TOP - BOTTOM;

const LABEL_GAP = 17;

export function lineChart(chart: Chart): string {
  const parts = [
    `<rect class="p-panel" x="0.5" y="0.5" width="${WIDTH - 1}" height="${HEIGHT - 1}" rx="6"/>`,
    words(20, 30, chart.title, 'p-title'),
    words(20, 50, chart.subtitle, 'p-small p-quiet'),
    words(20, 78, chart.yLabel, 'p-small p-quiet'),
    ...xAxis(chart),
    ...yAxis(chart),
    ...chart.lines.filter(({ band }) => band).map((line) => band(chart, line)),
    ...chart.guides.map((guide) => guideLine(chart, guide)),
    ...chart.lines.toReversed().map((line) => curve(chart, line)),
    ...chart.guides.map((guide) => guideLabel(chart, guide)),
    ...endLabels(chart),
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img">`,
    `<title>${escaped(chart.title)}</title>`,
    `<style>${STYLE}</style>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

function xAxis({ x, xLabel }: Chart): string[] {
  const y = TOP + Y_PIXELS;
  return [
    `<path class="p-axis" d="M${LEFT} ${y}h${X_PIXELS}"/>`,
    ...x.ticks.map(({ value, label }) => {
      const at = round(LEFT + x.place(value));
      return `<path class="p-axis" d="M${at} ${y}v5"/>${words(at, y + 20, label, 'p-small p-quiet', 'middle')}`;
    }),
    words(LEFT + X_PIXELS / 2, y + 43, xLabel, 'p-small p-quiet', 'middle'),
  ];
}

function yAxis({ y }: Chart): string[] {
  return y.ticks.map(({ value, label }) => {
    const at = round(TOP + Y_PIXELS - y.place(value));
    return `<path class="p-grid" d="M${LEFT} ${at}h${X_PIXELS}"/>${words(LEFT - 9, at + 4, label, 'p-small p-quiet', 'end')}`;
  });
}

function band(chart: Chart, { hue, points }: Line): string {
  const there = points.map(({ x, high }) => pair(chart, x, high));
  const back = points.toReversed().map(({ x, low }) => pair(chart, x, low));
  return `<path class="p-band p-f-${hue}" d="M${[...there, ...back].join('L')}Z"/>`;
}

function curve(chart: Chart, { hue, dashed, points }: Line): string {
  const classes = `p-line p-s-${hue}${dashed ? ' p-dashed' : ''}${hue === 'rest' ? ' p-rest-line' : ''}`;
  const path = points.map(({ x, y }) => pair(chart, x, y)).join('L');
  const markers = points.map(({ x, y }) => marker(hue, ...placed(chart, x, y)));
  return [`<path class="${classes}" d="M${path}"/>`, ...markers].join('\n');
}

function guideLine(chart: Chart, { axis, at }: Guide): string {
  const d =
    axis === 'x'
      ? `M${round(LEFT + chart.x.place(at))} ${TOP - 6}v${Y_PIXELS + 6}`
      : `M${LEFT} ${round(TOP + Y_PIXELS - chart.y.place(at))}h${X_PIXELS}`;
  return `<path class="p-guide" d="${d}"/>`;
}

/** A level's label stands above its line, that of a load above the plot. */
function guideLabel(chart: Chart, { label, axis, at, end }: Guide): string {
  if (axis === 'x') return words(round(LEFT + chart.x.place(at)), TOP - 9, label, 'p-small p-halo', 'middle');
  const y = round(TOP + Y_PIXELS - chart.y.place(at) - 7);
  return end === 'right'
    ? words(LEFT + X_PIXELS - 8, y, label, 'p-small p-halo', 'end')
    : words(LEFT + 8, y, label, 'p-small p-halo');
}

function endLabels(chart: Chart): string[] {
  const ends = chart.lines.flatMap((line) => {
    const last = line.points.at(-1);
    return last ? [{ line, at: placed(chart, last.x, last.y) }] : [];
  });
  const wanted = ends.map(({ at }) => at[1] - TOP);
  const places = apart(wanted, LABEL_GAP, Y_PIXELS);
  return ends.map(({ line, at: [x, y] }, i) => {
    const place = round(TOP + (places[i] ?? 0));
    const start = LEFT + X_PIXELS;
    const leader = `<path class="p-leader" d="M${round(x + 6)} ${y}L${start + 12} ${place}h4"/>`;
    const sample = `<path class="p-line p-s-${line.hue}${line.dashed ? ' p-dashed' : ''}" d="M${start + 18} ${place}h24"/>`;
    const quiet = line.hue === 'rest' ? 'p-small p-quiet' : 'p-small';
    return (
      leader + sample + marker(line.hue, start + 30, place) + words(start + 49, place + 4, line.label, quiet)
    );
  });
}

function marker(hue: Hue, x: number, y: number): string {
  const classes = `class="p-marker p-f-${hue}"`;
  switch (hue) {
    case 'one':
      return `<circle ${classes} cx="${x}" cy="${y}" r="4.2"/>`;
    case 'two':
      return `<path ${classes} d="M${x} ${round(y - 5)}l5 5l-5 5l-5 -5z"/>`;
    case 'three':
      return `<path ${classes} d="M${x} ${round(y - 5)}l4.8 8.6h-9.6z"/>`;
    case 'rest':
      return `<rect ${classes} x="${round(x - 2.5)}" y="${round(y - 2.5)}" width="5" height="5"/>`;
  }
}

function words(x: number, y: number, text: string, classes: string, anchor = 'start'): string {
  const at = anchor === 'start' ? '' : ` text-anchor="${anchor}"`;
  return `<text class="p-text ${classes}" x="${x}" y="${y}"${at}>${escaped(text)}</text>`;
}

function placed({ x, y }: Chart, atX: number, atY: number): [x: number, y: number] {
  return [round(LEFT + x.place(atX)), round(TOP + Y_PIXELS - y.place(atY))];
}

function pair(chart: Chart, x: number, y: number): string {
  return placed(chart, x, y).join(' ');
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}
