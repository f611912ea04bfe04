/** The dashboards as they lie in grafana/dashboards, for those who ask their queries without Grafana. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Unit } from './source/panel.ts';

export const DASHBOARDS = join(import.meta.dirname, 'dashboards');

/** What of a dashboard's JSON is needed to ask and to draw; docs of Grafana have the rest. */
export interface DashboardView {
  readonly uid: string;
  readonly title: string;
  readonly templating: { readonly list: readonly { readonly definition?: string }[] };
  readonly panels: readonly (RowView | PanelView)[];
}

interface RowView {
  readonly type: 'row';
  readonly title: string;
}

export interface PanelQuery {
  readonly expr: string;
  /** Asked for one moment, not for a range of time. */
  readonly instant: boolean;
  readonly legendFormat: string;
}

export interface PanelView {
  readonly type: 'stat' | 'timeseries' | 'heatmap' | 'bargauge' | 'table' | 'state-timeline';
  readonly title: string;
  readonly description: string;
  readonly gridPos: { readonly w: number; readonly h: number };
  readonly targets: readonly PanelQuery[];
  readonly fieldConfig: { readonly defaults: FieldView };
  readonly transformations?: readonly {
    readonly id: string;
    readonly options: { readonly renameByName?: Readonly<Record<string, string>> };
  }[];
}

interface FieldView {
  readonly unit: Unit;
  readonly decimals?: number;
  readonly max?: number;
  readonly noValue?: string;
  readonly thresholds: {
    readonly steps: readonly { readonly color: string; readonly value: number | null }[];
  };
  readonly custom?: { readonly stacking?: { readonly mode: string } };
  readonly mappings?: readonly {
    readonly options: Readonly<Record<string, { readonly text: string; readonly color: string }>>;
  }[];
}

export const readDashboards = (): readonly DashboardView[] =>
  readdirSync(DASHBOARDS)
    .filter((name) => name.endsWith('.json'))
    .toSorted()
    .map((file) => JSON.parse(readFileSync(join(DASHBOARDS, file), 'utf8')) as DashboardView);

export const panelsOf = ({ panels }: DashboardView): readonly PanelView[] =>
  panels.filter((panel): panel is PanelView => panel.type !== 'row');

/** A query as Grafana would send it with everything chosen. `seconds`: of the intervals that depend on the picture. */
export const filledIn = (expr: string, seconds: { readonly rate: number; readonly range: number }): string =>
  expr
    .replaceAll(/\$job\b/g, 'ortolan')
    .replaceAll(/\$(instance|model)\b/g, '.+')
    .replaceAll('$__rate_interval', `${seconds.rate}s`)
    .replaceAll('$__range', `${seconds.range}s`);
