/** The four plots of a model: latency and goodput against offered load, throughput and latency against concurrency. */
import type { Picture } from '../text/blocks.ts';
import { isFeatured, isOurs } from '../text/servers.ts';
import { number } from '../text/figure.ts';
import type { ClosedLoop, OpenLoop } from '../../record/results.ts';
import { lineChart, X_PIXELS, Y_PIXELS, type Guide } from './line-chart.ts';
import { decades, linear, linearTo, logarithmic } from './scale.ts';
import { highest, lowest, series } from './series.ts';

const SOLID_AND_DASHED = 'solid: p99, dotted: p50; band: smallest to largest repetition of p99';
const OFFERED = 'offered load, requests per second (Poisson arrivals)';
const CONNECTIONS = 'connections, each sending its next request when the last one is answered';

const p50 = { name: 'p50', y: ({ p50 }: OpenLoop | ClosedLoop) => p50, dashed: true, band: false };
const p99 = { name: 'p99', y: ({ p99 }: OpenLoop | ClosedLoop) => p99, dashed: false, band: true };

/** Nothing where there are no rows of this model with an answer. */
export function latencyAgainstOffered(
  all: readonly OpenLoop[],
  model: string,
  ceiling: number | undefined,
): Picture[] {
  const rows = shown(all, model);
  const x = ({ offered }: OpenLoop): number => offered;
  const lines = series(rows, [
    { ...p99, x },
    { ...p50, x },
  ]);
  const sloMs = rows[0]?.sloMs;
  if (lines.length === 0 || sloMs === undefined) return [];
  const slo: Guide = { axis: 'y', at: sloMs, label: `SLO: ${number(sloMs)} ms` };
  const svg = lineChart({
    title: `Latency against offered load, ${model}`,
    subtitle: `Good answers, from the time they were meant to be sent; ${SOLID_AND_DASHED}`,
    xLabel: OFFERED,
    yLabel: 'milliseconds (logarithmic)',
    x: linearTo(highest(lines, 'x'), X_PIXELS),
    y: decades(Math.min(lowest(lines), sloMs), Math.max(highest(lines, 'y'), sloMs), Y_PIXELS),
    lines,
    guides: [slo, ...ceilingOfLoad(ceiling, highest(lines, 'x'))],
  });
  return [
    {
      kind: 'picture',
      file: `latency-offered-${fileName(model)}.svg`,
      description: `p50 and p99 latency in milliseconds against offered load, ${model}`,
      svg,
    },
  ];
}

export function goodputAgainstOffered(
  all: readonly OpenLoop[],
  model: string,
  ceiling: number | undefined,
): Picture[] {
  const rows = shown(all, model);
  const lines = series(
    rows,
    [{ name: '', x: ({ offered }) => offered, y: ({ goodput }) => goodput, dashed: false, band: true }],
    true,
  );
  const sloMs = rows[0]?.sloMs;
  if (lines.length === 0 || sloMs === undefined) return [];
  const svg = lineChart({
    title: `Goodput against offered load, ${model}`,
    subtitle: `Good answers within ${number(sloMs)} ms of the time they were meant to be sent; band: smallest to largest repetition`,
    xLabel: OFFERED,
    yLabel: 'good answers in time, per second',
    x: linearTo(highest(lines, 'x'), X_PIXELS),
    y: linear(Math.max(highest(lines, 'y'), ceiling ?? 0), Y_PIXELS),
    lines,
    guides: [
      ...ceilingOfRate(ceiling),
      ...ceilingOfLoad(ceiling, highest(lines, 'x'), 'offered: 100 % of the ceiling'),
    ],
  });
  return [
    {
      kind: 'picture',
      file: `goodput-offered-${fileName(model)}.svg`,
      description: `Good answers in time per second against offered load, ${model}`,
      svg,
    },
  ];
}

export function throughputAgainstConcurrency(
  all: readonly ClosedLoop[],
  model: string,
  ceiling: number | undefined,
): Picture[] {
  const rows = all.filter((row) => row.model === model);
  const lines = series(
    rows,
    [
      {
        name: '',
        x: ({ concurrency }) => concurrency,
        y: ({ perSecond }) => perSecond,
        dashed: false,
        band: true,
      },
    ],
    true,
  ).map((line) => ({ ...line, band: line.hue !== 'rest' }));
  if (lines.length === 0) return [];
  const svg = lineChart({
    title: `Throughput against concurrency, ${model}`,
    subtitle: 'Closed loop; band: smallest to largest repetition',
    xLabel: CONNECTIONS,
    yLabel: 'good answers per second',
    x: logarithmic(concurrencies(rows), X_PIXELS),
    y: linear(Math.max(highest(lines, 'y'), ceiling ?? 0), Y_PIXELS),
    lines,
    guides: ceilingOfRate(ceiling),
  });
  return [
    {
      kind: 'picture',
      file: `throughput-concurrency-${fileName(model)}.svg`,
      description: `Good answers per second against connections, ${model}`,
      svg,
    },
  ];
}

export function latencyAgainstConcurrency(all: readonly ClosedLoop[], model: string): Picture[] {
  const rows = shown(all, model);
  const x = ({ concurrency }: ClosedLoop): number => concurrency;
  const lines = series(rows, [
    { ...p99, x },
    { ...p50, x },
  ]);
  if (lines.length === 0) return [];
  const svg = lineChart({
    title: `Latency against concurrency, ${model}`,
    subtitle: `Closed loop; ${SOLID_AND_DASHED}`,
    xLabel: CONNECTIONS,
    yLabel: 'milliseconds (logarithmic)',
    x: logarithmic(concurrencies(rows), X_PIXELS),
    y: decades(lowest(lines), highest(lines, 'y'), Y_PIXELS),
    lines,
    guides: [],
  });
  return [
    {
      kind: 'picture',
      file: `latency-concurrency-${fileName(model)}.svg`,
      description: `p50 and p99 latency in milliseconds against connections, ${model}`,
      svg,
    },
  ];
}

/** Two lines for each of eight servers cannot be told apart: where there are two, ours and the featured peers only. */
function shown<Row extends { readonly server: string; readonly model: string }>(
  rows: readonly Row[],
  model: string,
): Row[] {
  return rows.filter((row) => row.model === model && (isOurs(row) || isFeatured(row.server)));
}

function ceilingOfRate(ceiling: number | undefined): Guide[] {
  return ceiling === undefined
    ? []
    : [{ axis: 'y', at: ceiling, end: 'right', label: `ceiling, no server: ${number(ceiling)} per second` }];
}

function ceilingOfLoad(ceiling: number | undefined, end: number, label?: string): Guide[] {
  if (ceiling === undefined || ceiling > end) return [];
  return [{ axis: 'x', at: ceiling, label: label ?? `ceiling, no server: ${number(ceiling)} per second` }];
}

function concurrencies(rows: readonly ClosedLoop[]): number[] {
  return [...new Set(rows.map(({ concurrency }) => concurrency))].sort((a, b) => a - b);
}

/** Only what is safe in a link and in every file system. */
function fileName(model: string): string {
  return model.toLowerCase().replace(/[^a-z0-9.]+/g, '-');
}
