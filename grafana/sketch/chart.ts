/** Lines and heat over time, as SVG without text: whoever puts it on a page writes the figures beside it. Pure. */

/** `[seconds, value]`, in the order of time. */
export type Points = readonly (readonly [number, number])[];

export interface Span {
  /** Seconds, both ends. */
  readonly from: number;
  readonly to: number;
}

const WIDTH = 400;
const HEIGHT = 120;
const FRAME = `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">`;

/** The largest value, for the label of the axis; with `stacked`, the largest sum. */
export const topOf = (lines: readonly Points[]): number =>
  Math.max(0, ...lines.flatMap((points) => points.map(([, value]) => value)));

/** Each line on top of those before it. A moment that a line lacks counts as nothing. */
export function stacked(lines: readonly Points[]): readonly Points[] {
  const sums = new Map<number, number>();
  for (const [at] of lines.flat()) sums.set(at, 0);
  const moments = [...sums.keys()].sort((a, b) => a - b);
  return lines.map((points) => {
    const own = new Map(points);
    return moments.map((at) => {
      const sum = sums.get(at)! + (own.get(at) ?? 0);
      sums.set(at, sum);
      return [at, sum] as const;
    });
  });
}

/** `colors`: one for each line. `marks`: values at which a dashed line is drawn. */
export function lineChart(
  lines: readonly Points[],
  span: Span,
  {
    top,
    colors,
    marks,
  }: { readonly top: number; readonly colors: readonly string[]; readonly marks: readonly number[] },
): string {
  const x = (at: number): string => ((WIDTH * (at - span.from)) / (span.to - span.from)).toFixed(1);
  const y = (value: number): string => (HEIGHT - (HEIGHT * value) / (top || 1)).toFixed(1);
  const drawn = lines.map((points, index) => {
    const path = points.map(([at, value]) => `${x(at)},${y(value)}`).join(' ');
    return `<polyline points="${path}" stroke="${colors[index]}"/>`;
  });
  const dashes = marks
    .filter((mark) => mark <= top)
    .map((mark) => `<line class="mark" x1="0" x2="${WIDTH}" y1="${y(mark)}" y2="${y(mark)}"/>`);
  return `${FRAME}${dashes.join('')}${drawn.join('')}</svg>`;
}

/** `bands`: how many were observed in each, from the lowest; the same moments in all of them. */
export function heatChart(bands: readonly Points[], span: Span, step: number): string {
  const most = topOf(bands);
  const width = (WIDTH * step) / (span.to - span.from);
  const height = HEIGHT / Math.max(1, bands.length);
  const cells = bands.flatMap((points, band) =>
    points
      .filter(([, value]) => value > 0)
      .map(([at, value]) => {
        const x = (WIDTH * (at - span.from)) / (span.to - span.from) - width;
        const opacity = Math.sqrt(value / most).toFixed(2);
        const place = `x="${x.toFixed(1)}" y="${(HEIGHT - (band + 1) * height).toFixed(1)}"`;
        return `<rect ${place} width="${width.toFixed(1)}" height="${height.toFixed(1)}" opacity="${opacity}"/>`;
      }),
  );
  return `${FRAME}${cells.join('')}</svg>`;
}
