/**
 * A dashboard for those who have no Grafana: a page that asks Prometheus the same queries and sketches the panels. Made
 * anew for each request, runs no script, and loads itself again every few seconds.
 */
import { escaped } from '../../tools/markup/escaped.ts';
import { filledIn, type DashboardView, type PanelView } from '../panels.ts';
import { panelBody, type Answered } from './panel.ts';

/** Who is asked. */
export interface Source {
  /** Where its own page is. */
  readonly url: string;
  query(expression: string): Promise<readonly AnsweredSeries[]>;
  queryRange(expression: string, seconds: number, step: number): Promise<readonly AnsweredSeries[]>;
}

interface AnsweredSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}

export interface PageSettings {
  /** Seconds that are shown, between points, and of the interval of rates. */
  readonly span: number;
  readonly step: number;
  readonly rate: number;
}

/** Where a dashboard's page is. */
export const pathOf = ({ uid }: DashboardView): string => `/${uid}`;

export async function dashboardPage(
  dashboard: DashboardView,
  all: readonly DashboardView[],
  source: Source,
  settings: PageSettings,
): Promise<string> {
  const to = Date.now() / 1000;
  const span = { from: to - settings.span, to };
  const links = all.map((other) => `<a href="${pathOf(other)}">${escaped(other.title)}</a>`);
  const panels = dashboard.panels.map(async (panel) => {
    if (panel.type === 'row') return `<h2>${escaped(panel.title)}</h2>`;
    const answers = (await Promise.all(panel.targets.map((query) => answer(query, source, settings)))).flat();
    const body = panelBody(panel, answers, span, settings.step);
    const link = `<a href="${escaped(graphOf(panel, source.url, settings.rate))}">${escaped(panel.title)}</a>`;
    const { w, h } = panel.gridPos;
    const place = `grid-column:span ${w};min-height:${h * 30}px`;
    return `<section style="${place}"><h3 title="${escaped(panel.description)}">${link}</h3>${body}</section>`;
  });
  return `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><meta http-equiv="refresh" content="5">
<title>${escaped(dashboard.title)}</title><style>${STYLE}</style></head><body>
<nav>${links.join('')}<a href="${escaped(source.url)}/alerts">Alerts</a><a href="${escaped(source.url)}/rules">Rules</a></nav>
<h1>${escaped(dashboard.title)}</h1><p>A sketch of the Grafana dashboard, with its queries: the last
${Math.round(settings.span / 60)} minutes. A title opens its panel in Prometheus.</p>
<main>${(await Promise.all(panels)).join('\n')}</main></body></html>
`;
}

async function answer(
  { expr, instant, legendFormat }: PanelView['targets'][number],
  source: Source,
  { span, step, rate }: PageSettings,
): Promise<readonly Answered[]> {
  const query = filledIn(expr, { rate, range: span });
  const found = await (instant ? source.query(query) : source.queryRange(query, span, step));
  return found.map(({ metric, value, values = value === undefined ? [] : [value] }) => ({
    labels: metric,
    legend: legendFormat,
    points: values
      .map(([at, text]) => [at, Number(text)] as const)
      .filter(([, number]) => Number.isFinite(number)),
  }));
}

/** The address at which Prometheus draws all queries of a panel, one below the other. */
function graphOf({ targets }: PanelView, prometheusUrl: string, rate: number): string {
  const parameters = targets.flatMap(({ expr }, index): [string, string][] => [
    [`g${index}.expr`, filledIn(expr, { rate, range: 900 })],
    [`g${index}.tab`, '0'],
    [`g${index}.range_input`, '15m'],
  ]);
  return `${prometheusUrl}/graph?${new URLSearchParams(parameters).toString()}`;
}

const STYLE = `
:root{color-scheme:light dark;--bg:#f6f8fa;--panel:#fff;--ink:#1f2328;--quiet:#59636e;--edge:#d1d9e0;--heat:#d55e00}
@media (prefers-color-scheme:dark){:root{--bg:#010409;--panel:#0d1117;--ink:#e6edf3;--quiet:#9198a1;--edge:#3d444d}}
*{box-sizing:border-box}
body{margin:0;padding:1rem;background:var(--bg);color:var(--ink);font:14px/1.45 system-ui,-apple-system,"Segoe UI",sans-serif;font-variant-numeric:tabular-nums}
nav{display:flex;flex-wrap:wrap;gap:.4rem}
nav a{color:inherit;text-decoration:none;border:1px solid var(--edge);border-radius:999px;padding:.1rem .7rem;background:var(--panel)}
h1{font-size:1.4rem;margin:.8rem 0 0}
p{margin:.2rem 0;color:var(--quiet)}
main{display:grid;grid-template-columns:repeat(24,1fr);gap:8px}
h2{grid-column:1/-1;font-size:1rem;margin:1rem 0 0}
section{position:relative;display:flex;flex-direction:column;background:var(--panel);border:1px solid var(--edge);border-radius:6px;padding:.4rem .6rem;min-width:0;overflow:hidden}
h3{font-size:.86rem;margin:0 0 .2rem;font-weight:600}
h3 a{color:inherit;text-decoration:none}
svg{flex:1;width:100%;min-height:60px;border-bottom:1px solid var(--edge)}
polyline{fill:none;stroke-width:1.5;vector-effect:non-scaling-stroke}
.mark{stroke:#cf222e;stroke-dasharray:4 4;opacity:.6;vector-effect:non-scaling-stroke}
rect{fill:var(--heat)}
.top{color:var(--quiet)}
ul{list-style:none;margin:.3rem 0 0;padding:0;font-size:.8rem}
li{position:relative;display:flex;gap:.4rem;align-items:center}
li b{margin-left:auto;font-weight:600}
li i{width:.7rem;height:.7rem;border-radius:2px}
.bars li{padding:.15rem .3rem;margin:.1rem 0}
.bar{position:absolute;inset:0 auto 0 0;opacity:.25;border-radius:3px;background:#0072b2}
.stat{margin:auto 0;padding:.3rem;border-radius:4px;text-align:center;font-size:1.5rem;font-weight:700;color:#fff;background:#59636e}
.none{margin:auto;color:var(--quiet)}
.green{background:#1a7f37}.yellow{background:#9a6700}.orange{background:#bc4c00}.red{background:#cf222e}.blue{background:#0969da}
b.green,b.red{background:none}b.green{color:#1a7f37}b.red{color:#cf222e}
table{border-collapse:collapse;font-size:.8rem;width:100%}
th,td{text-align:left;padding:.15rem .4rem;border-bottom:1px solid var(--edge)}
@media (max-width:800px){section{grid-column:1/-1!important;min-height:0!important}}
`.trim();
