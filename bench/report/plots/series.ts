/** From rows of results to the lines of a plot: one line for each server, its points in the order of the load. */
import { displayName, inOrder, isFeatured, isOurs } from '../text/servers.ts';
import { measured } from '../text/figure.ts';
import { extremes, median } from '../../record/statistics.ts';
import type { Repetitions } from '../../record/results.ts';
import type { Line, Point } from './line-chart.ts';
import type { Hue } from './palette.ts';

/** What a line shows of a row. */
export interface Reading<Row> {
  /** Stands behind the server's name: `p99`. Empty where a plot shows one figure only. */
  readonly name: string;
  readonly x: (row: Row) => number;
  readonly y: (row: Row) => Repetitions;
  readonly dashed: boolean;
  readonly band: boolean;
}

/**
 * One line for each server and reading that has points. Values that are not above 0 are left out: a percentile of no
 * answers is none, and a logarithmic axis has no place for it; `zero` keeps them for axes that begin at 0.
 */
export function series<Row extends { readonly server: string }>(
  rows: readonly Row[],
  readings: readonly Reading<Row>[],
  zero = false,
): Line[] {
  return inOrder(rows.map(({ server }) => server)).flatMap((server) =>
    readings.flatMap(({ name, x, y, dashed, band }): Line[] => {
      // Ours has several rows of a load, one beside each peer: all of their repetitions are one point.
      const byLoad = Map.groupBy(
        rows.filter((row) => row.server === server),
        (row) => x(row),
      );
      const points = [...byLoad]
        .flatMap(([load, these]) => point(load, these.flatMap(y), zero))
        .toSorted((a, b) => a.x - b.x);
      const label = `${displayName(server)} ${name}`.trim();
      return points.length === 0 ? [] : [{ label, hue: hueOf(server), dashed, band, points }];
    }),
  );
}

/** The largest value that the lines show, bands included. */
export function highest(lines: readonly Line[], axis: 'x' | 'y'): number {
  const values = lines.flatMap(({ points, band }) =>
    points.map((one) => (axis === 'x' ? one.x : band ? one.high : one.y)),
  );
  return Math.max(...values);
}

/** The smallest value that the lines show, bands included. */
export function lowest(lines: readonly Line[]): number {
  return Math.min(...lines.flatMap(({ points, band }) => points.map(({ y, low }) => (band ? low : y))));
}

function point(x: number, repetitions: Repetitions, zero: boolean): Point[] {
  const values = measured(repetitions).filter((value) => zero || value > 0);
  if (values.length === 0) return [];
  const { min, max } = extremes(values);
  return [{ x, y: median(values), low: min, high: max }];
}

function hueOf(server: string): Hue {
  if (isOurs({ server })) return 'one';
  if (!isFeatured(server)) return 'rest';
  return server.toLowerCase().startsWith('mosec') ? 'two' : 'three';
}
