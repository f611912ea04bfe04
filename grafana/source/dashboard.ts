/**
 * A dashboard as Grafana's classic JSON: rows of panels, laid out from left to right, with the variables that all of ours
 * have. Ids and positions follow from the order.
 */
import { DATASOURCE, type Panel } from './panel.ts';

/** Of Grafana 11; later versions read it. */
const SCHEMA_VERSION = 39;
const COLUMNS = 24;

/** Not any job: Prometheus itself has `up` and `process_*` too. */
const JOB = 'ortolan';
/** Also servers that have no series now, because they are down. */
const ANY = '.+';

/** The links between the dashboards find them by it. */
const TAG = 'ortolan';

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

export interface DashboardFacts {
  /** Part of its address; do not change it. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** Whether it has the variable `model`. */
  readonly byModel: boolean;
  readonly rows: readonly Row[];
}

export type Json = Readonly<Record<string, unknown>>;

export function dashboard({ uid, title, description, byModel, rows }: DashboardFacts): Json {
  return {
    uid,
    title,
    description,
    tags: [TAG],
    schemaVersion: SCHEMA_VERSION,
    version: 1,
    editable: false,
    graphTooltip: 1,
    refresh: '10s',
    time: { from: 'now-30m', to: 'now' },
    timezone: 'browser',
    weekStart: '',
    fiscalYearStartMonth: 0,
    liveNow: false,
    links: [
      {
        asDropdown: false,
        icon: 'external link',
        includeVars: true,
        keepTime: true,
        tags: [TAG],
        targetBlank: false,
        title: '',
        tooltip: '',
        type: 'dashboards',
        url: '',
      },
    ],
    annotations: { list: [] },
    templating: {
      list: [
        datasourceVariable(),
        queryVariable('job', 'Job', 'label_values(ortolan_build_info, job)', JOB),
        queryVariable('instance', 'Server', 'label_values(ortolan_build_info{job=~"$job"}, instance)', ANY),
        ...(byModel
          ? [
              queryVariable(
                'model',
                'Model',
                'label_values(ortolan_model_ready{job=~"$job", instance=~"$instance"}, model)',
                ANY,
              ),
            ]
          : []),
      ],
    },
    panels: laidOut(rows),
  };
}

function laidOut(rows: readonly Row[]): Json[] {
  const placed: Json[] = [];
  let y = 0;
  const place = (json: Json, x: number, w: number, h: number): void => {
    placed.push({ id: placed.length + 1, gridPos: { h, w, x, y }, ...json });
  };
  for (const { title, panels } of rows) {
    place({ type: 'row', title, collapsed: false, panels: [] }, 0, COLUMNS, 1);
    y += 1;
    let x = 0;
    let tallest = 0;
    for (const { size, json } of panels) {
      if (x + size.w > COLUMNS) {
        y += tallest;
        x = 0;
        tallest = 0;
      }
      place(json, x, size.w, size.h);
      x += size.w;
      tallest = Math.max(tallest, size.h);
    }
    y += tallest;
  }
  return placed;
}

const datasourceVariable = (): Json => ({
  type: 'datasource',
  name: 'datasource',
  label: 'Prometheus',
  query: 'prometheus',
  // The uid of grafana/provisioning; elsewhere Grafana takes the first Prometheus that it has.
  current: { selected: true, text: 'Prometheus', value: 'prometheus' },
  hide: 0,
  includeAll: false,
  multi: false,
  options: [],
  refresh: 1,
  regex: '',
  skipUrlSync: false,
});

/** All values are chosen at first (`allValue` in a query); refreshed when the time range changes. */
const queryVariable = (name: string, label: string, query: string, allValue: string): Json => ({
  type: 'query',
  name,
  label,
  datasource: DATASOURCE,
  definition: query,
  query: { qryType: 1, query, refId: 'PrometheusVariableQueryEditor-VariableQuery' },
  allValue,
  current: { selected: true, text: ['All'], value: ['$__all'] },
  hide: 0,
  includeAll: true,
  multi: true,
  options: [],
  refresh: 2,
  regex: '',
  skipUrlSync: false,
  sort: 1,
});
