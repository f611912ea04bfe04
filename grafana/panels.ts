/** The dashboards of grafana/dashboards, for programs that send their queries to a Prometheus without Grafana. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, 'dashboards');

/** The part of a dashboard's JSON that is read here. */
export interface DashboardView {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly templating: { readonly list: readonly { readonly definition?: string }[] };
  readonly panels: readonly (RowView | PanelView)[];
}

export interface RowView {
  readonly type: 'row';
  readonly title: string;
}

export interface PanelView {
  readonly type: 'stat' | 'timeseries' | 'heatmap' | 'bargauge' | 'table' | 'state-timeline';
  readonly title: string;
  readonly description: string;
  readonly targets: readonly PanelQuery[];
  readonly fieldConfig: {
    readonly defaults: { readonly custom?: { readonly stacking?: { readonly mode: string } } };
  };
}

export interface PanelQuery {
  readonly expr: string;
  /** Asked for one moment, not for a range of time. */
  readonly instant: boolean;
  /** `p99 {{model}}`: text, with labels of the series in it. */
  readonly legendFormat: string;
}

/** The overview first, since it is the one to begin with. */
export const readDashboards = (): readonly DashboardView[] =>
  readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json'))
    .toSorted((a, b) => Number(b === 'overview.json') - Number(a === 'overview.json') || (a < b ? -1 : 1))
    .map((file) => JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as DashboardView);

export const panelsOf = ({ panels }: DashboardView): readonly PanelView[] =>
  panels.filter((panel): panel is PanelView => panel.type !== 'row');

/** A query as Grafana sends it when all servers and models are chosen. `seconds`: what its interval variables stand for. */
export const filledIn = (expr: string, seconds: { readonly rate: number; readonly range: number }): string =>
  expr
    .replaceAll(/\$job\b/g, 'ortolan')
    .replaceAll(/\$(instance|model)\b/g, '.+')
    .replaceAll('$__rate_interval', `${seconds.rate}s`)
    .replaceAll('$__range', `${seconds.range}s`);
