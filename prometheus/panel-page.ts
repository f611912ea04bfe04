/**
 * A page of links for those who have no Grafana: each panel of the dashboards, opened as a graph in Prometheus's own
 * pages, and each row of panels with all its graphs at once.
 */
import { filledIn, type DashboardView, type PanelQuery, type PanelView } from '../grafana/panels.ts';
import { escaped } from '../tools/markup/escaped.ts';

export interface PageSettings {
  /** Seconds that a graph shows. */
  readonly span: number;
  /** Seconds over which rates are taken. */
  readonly rate: number;
}

/** HTML with links relative to the Prometheus that serves it. */
export function panelPage(dashboards: readonly DashboardView[], settings: PageSettings): string {
  const sections = dashboards.map((dashboard) => {
    const rows = rowsOf(dashboard).map(({ title, panels }) => {
      const items = panels.map(
        (panel) => `<li>${link(panel.title, [panel], settings)}: ${escaped(panel.description)}</li>`,
      );
      return `<h3>${link(title, panels, settings)}</h3><ul>${items.join('')}</ul>`;
    });
    return `<h2>${escaped(dashboard.title)}</h2><p>${escaped(dashboard.description)}</p>${rows.join('\n')}`;
  });
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Ortolan: panels</title>
<style>body{font:15px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em}</style></head><body>
<h1>Ortolan: panels</h1><p>The queries of the Grafana dashboards, each as a graph in Prometheus. The title of a row opens
all of its graphs. <a href="/alerts">Alerts</a>, <a href="/rules">rules</a>, <a href="operations.txt">docs/operations.md</a>.</p>
${sections.join('\n')}</body></html>
`;
}

/** Rows in the order of the dashboard, each with the panels below it. */
function rowsOf({ panels }: DashboardView): { readonly title: string; readonly panels: PanelView[] }[] {
  const rows: { title: string; panels: PanelView[] }[] = [];
  for (const panel of panels) {
    if (panel.type === 'row') rows.push({ title: panel.title, panels: [] });
    else rows.at(-1)!.panels.push(panel);
  }
  return rows;
}

function link(title: string, panels: readonly PanelView[], settings: PageSettings): string {
  const graphs = panels.map((panel, index) => graph(panel, index, settings));
  return `<a href="${escaped(`/graph?${graphs.join('&')}`)}">${escaped(title)}</a>`;
}

/** The parameters by which Prometheus's pages of versions 2 and 3 draw a panel as their graph `index`. */
function graph(panel: PanelView, index: number, { span, rate }: PageSettings): string {
  const { title, type, targets, fieldConfig } = panel;
  const parameters = {
    // A comment of PromQL: Prometheus's pages have no place for a title.
    expr: `# ${title}\n${filledIn(joined(targets), { rate, range: span })}`,
    tab: type === 'table' ? '1' : '0',
    stacked: fieldConfig.defaults.custom?.stacking?.mode === 'normal' ? '1' : '0',
    range_input: `${span}s`,
  };
  return Object.entries(parameters)
    .map(([name, value]) => `g${index}.${name}=${encodeURIComponent(value)}`)
    .join('&');
}

/** One query for a graph. The text of each legend becomes a label, since Prometheus's own legend shows labels only. */
function joined(targets: readonly PanelQuery[]): string {
  if (targets.length === 1) return targets[0]!.expr;
  return targets
    .map(({ expr, legendFormat }) => {
      const text = legendFormat.replaceAll(/,? ?\{\{\w+\}\}/g, '').trim();
      return `label_replace(${expr}, "series", "${text}", "", "")`;
    })
    .join(' or ');
}
