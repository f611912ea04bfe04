/**
 * Colours and type of the plots, as the style block of each. The hues are of Okabe and Ito's palette for the colour-blind
 * (a little lighter on dark), and every line has a marker of its own shape besides. A picture in a README follows
 * the reader's system, not the page around it, so each has a background of its own and is legible on any page.
 */

/** The hue of a line: ours, the featured peers, and everyone else. */
export type Hue = 'one' | 'two' | 'three' | 'rest';

const HUES: readonly Hue[] = ['one', 'two', 'three', 'rest'];

interface Theme {
  readonly panel: string;
  readonly edge: string;
  readonly grid: string;
  readonly ink: string;
  readonly quiet: string;
  readonly hues: Readonly<Record<Hue, string>>;
}

const LIGHT: Theme = {
  panel: '#ffffff',
  edge: '#d0d7de',
  grid: '#e6eaef',
  ink: '#1f2328',
  quiet: '#59636e',
  hues: { one: '#0072b2', two: '#d55e00', three: '#009e73', rest: '#8c959f' },
};

const DARK: Theme = {
  panel: '#0d1117',
  edge: '#3d444d',
  grid: '#21262d',
  ink: '#e6edf3',
  quiet: '#9198a1',
  hues: { one: '#56b4e9', two: '#f58b4c', three: '#33c79a', rest: '#6e7681' },
};

/** The rules of both themes; class names begin with `p-`, as a page may hold several plots. */
export const STYLE = `
.p-text{font:13px system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif}
.p-title{font-size:16px;font-weight:600}
.p-small{font-size:12px}
.p-line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.p-rest-line{stroke-width:1.25}
.p-dashed{stroke-dasharray:2 5}
.p-guide{fill:none;stroke-width:1.25;stroke-dasharray:7 4}
.p-band{fill-opacity:.16}
.p-leader{stroke-width:1;fill:none}
.p-halo{paint-order:stroke;stroke-width:4px;stroke-linejoin:round}
${rules(LIGHT)}
@media (prefers-color-scheme:dark){
${rules(DARK)}
}
`.trim();

function rules({ panel, edge, grid, ink, quiet, hues }: Theme): string {
  return [
    `.p-panel{fill:${panel};stroke:${edge}}`,
    `.p-grid{stroke:${grid}}`,
    `.p-axis,.p-leader{stroke:${edge}}`,
    `.p-text{fill:${ink}}`,
    `.p-quiet{fill:${quiet}}`,
    `.p-guide{stroke:${quiet}}`,
    `.p-halo{stroke:${panel}}`,
    ...HUES.map((hue) => `.p-s-${hue}{stroke:${hues[hue]}}.p-f-${hue}{fill:${hues[hue]}}`),
    `.p-marker{stroke:${panel};stroke-width:1}`,
  ].join('\n');
}
