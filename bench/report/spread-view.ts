/** Each repetition as a dot, at its distance from the median of its row: noise is seen before any number is believed. */
import type { Spread } from './text/blocks.ts';
import { measured, percent } from './text/figure.ts';
import { escaped } from '../../tools/markup/escaped.ts';
import { extremes, median } from '../record/statistics.ts';

/** Ends of the axis, as shares of the median; what lies beyond the last stands at the edge. */
const ENDS = [0.02, 0.05, 0.1, 0.2, 0.5, 1];

/** Up to so many rows are shown without a click. */
const OPEN_ROWS = 10;

export function spreadView({ of, rows }: Spread): string {
  const shown = rows.flatMap(({ label, values }) => {
    const finite = measured(values);
    const middle = finite.length === 0 ? 0 : median(finite);
    // A row of one dot, or of refusals that never happened, has no spread to show.
    return finite.length < 2 || middle === 0
      ? []
      : [{ label, distances: finite.map((value) => value / middle - 1) }];
  });
  if (shown.length === 0) return '';
  const farthest = Math.max(...shown.flatMap(({ distances }) => distances.map(Math.abs)));
  const end = ENDS.find((one) => one >= farthest - 1e-9) ?? ENDS.at(-1) ?? 1;
  const lines = shown.map(({ label, distances }) => {
    const dots = distances.map((distance) => `<i style="left:${place(distance, end)}%"></i>`);
    return `<span>${escaped(label)}</span><span class="track">${dots.join('')}</span><span class="wide">${width(distances)}</span>`;
  });
  return [
    `<details${shown.length <= OPEN_ROWS ? ' open' : ''}><summary>Every repetition: ${escaped(of)}</summary>`,
    '<div class="spread">',
    `<span></span><span class="ends"><span>−${percent(end)}</span><span>median</span><span>+${percent(end)}</span></span><span class="wide">range</span>`,
    ...lines,
    '</div></details>',
  ].join('\n');
}

function place(distance: number, end: number): string {
  return (50 + 50 * Math.max(-1, Math.min(1, distance / end))).toFixed(1);
}

/** From the smallest to the largest repetition, as a share of the median. */
function width(distances: readonly number[]): string {
  const { min, max } = extremes(distances);
  const share = max - min;
  return share < 0.1 ? `${(share * 100).toFixed(1)} %` : percent(share);
}
