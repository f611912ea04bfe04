/**
 * Panels as Grafana's JSON: a function for each kind that the dashboards use. Every panel has a title, a description and a
 * unit; dashboard.ts adds its id and position.
 */

/** Grafana's own names of units. */
export type Unit = 'percentunit' | 's' | 'bytes' | 'Bps' | 'reqps' | 'cps' | 'short' | 'none';

export interface Query {
  readonly expr: string;
  /** Of the series in the legend: `{{model}}` is its label. */
  readonly legend?: string;
}

/** A colour from this value on; the first has no value. */
export type Threshold = readonly [from: number | null, color: 'green' | 'yellow' | 'orange' | 'red' | 'blue'];

export interface PanelFacts {
  readonly title: string;
  readonly description: string;
  readonly unit: Unit;
  readonly queries: readonly Query[];
  /** Of the 24 columns of a dashboard. */
  readonly width: number;
  /** A row is 30 pixels. */
  readonly height?: number;
  readonly thresholds?: readonly Threshold[];
  readonly min?: number;
  readonly max?: number;
  readonly decimals?: number;
  /** Shown where there is no series. */
  readonly noValue?: string;
}

export interface Size {
  readonly w: number;
  readonly h: number;
}

/** A panel without its place. */
export interface Panel {
  readonly size: Size;
  readonly json: Readonly<Record<string, unknown>>;
}

/** Which Prometheus is asked: the first variable of every dashboard. */
export const DATASOURCE = { type: 'prometheus', uid: '${datasource}' } as const;

/** A, B, C, as Grafana names queries. */
const refId = (index: number): string => String.fromCharCode('A'.charCodeAt(0) + index);

type Form = 'range' | 'instant' | 'table' | 'heatmap';

const target = ({ expr, legend }: Query, index: number, form: Form, exemplar: boolean) => ({
  datasource: DATASOURCE,
  editorMode: 'code',
  expr,
  format: form === 'table' || form === 'heatmap' ? form : 'time_series',
  ...(exemplar ? { exemplar: true } : {}),
  instant: form === 'instant' || form === 'table',
  legendFormat: legend ?? (form === 'heatmap' ? '{{le}}' : '__auto'),
  range: form === 'range' || form === 'heatmap',
  refId: refId(index),
});

interface Drawn {
  readonly type: string;
  readonly form: Form;
  readonly options: object;
  readonly defaults?: object;
  readonly overrides?: readonly object[];
  readonly transformations?: readonly object[];
  readonly exemplar?: boolean;
}

function panel(facts: PanelFacts, drawn: Drawn): Panel {
  const { title, description, unit, queries, width, height = 8, thresholds = [[null, 'green']] } = facts;
  return {
    size: { w: width, h: height },
    json: {
      type: drawn.type,
      title,
      description,
      datasource: DATASOURCE,
      targets: queries.map((query, index) => target(query, index, drawn.form, drawn.exemplar ?? false)),
      fieldConfig: {
        defaults: {
          unit,
          ...(facts.min === undefined ? {} : { min: facts.min }),
          ...(facts.max === undefined ? {} : { max: facts.max }),
          ...(facts.decimals === undefined ? {} : { decimals: facts.decimals }),
          ...(facts.noValue === undefined ? {} : { noValue: facts.noValue }),
          thresholds: { mode: 'absolute', steps: thresholds.map(([value, color]) => ({ color, value })) },
          ...drawn.defaults,
        },
        overrides: drawn.overrides ?? [],
      },
      options: drawn.options,
      ...(drawn.transformations === undefined ? {} : { transformations: drawn.transformations }),
    },
  };
}

const LAST = { calcs: ['lastNotNull'], fields: '', values: false };

/** The current value as a figure on a coloured background. */
export const stat = (facts: PanelFacts & { readonly noValue: string }): Panel =>
  panel(facts, {
    type: 'stat',
    form: 'instant',
    defaults: { color: { mode: 'thresholds' } },
    options: {
      colorMode: 'background',
      graphMode: 'none',
      justifyMode: 'center',
      orientation: 'auto',
      reduceOptions: LAST,
      showPercentChange: false,
      textMode: 'value',
      wideLayout: true,
    },
  });

export interface LineFacts extends PanelFacts {
  /** Stacked, so that the top line is their sum. */
  readonly stacked?: boolean;
  /** Shows exemplars, which link to traces. */
  readonly exemplars?: boolean;
  /** Colours by a pattern of the series' names. */
  readonly colors?: Readonly<Record<string, string>>;
}

/** Lines over time. Thresholds, where there are any, are drawn as dashed lines. */
export const lines = (facts: LineFacts): Panel =>
  panel(facts, {
    type: 'timeseries',
    form: 'range',
    exemplar: facts.exemplars ?? false,
    defaults: {
      color: { mode: 'palette-classic' },
      custom: {
        axisPlacement: 'auto',
        drawStyle: 'line',
        fillOpacity: facts.stacked === true ? 40 : 8,
        lineInterpolation: 'linear',
        lineWidth: 1,
        pointSize: 4,
        showPoints: 'auto',
        spanNulls: false,
        stacking: { group: 'A', mode: facts.stacked === true ? 'normal' : 'none' },
        thresholdsStyle: { mode: facts.thresholds === undefined ? 'off' : 'dashed' },
      },
    },
    overrides: Object.entries(facts.colors ?? {}).map(([pattern, fixedColor]) => ({
      matcher: { id: 'byRegexp', options: pattern },
      properties: [{ id: 'color', value: { fixedColor, mode: 'fixed' } }],
    })),
    options: {
      legend: { calcs: ['lastNotNull', 'max'], displayMode: 'table', placement: 'bottom', showLegend: true },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
  });

/** A histogram over time; the query is of its buckets, by `le`. */
export const heatmap = (facts: PanelFacts): Panel =>
  panel(facts, {
    type: 'heatmap',
    form: 'heatmap',
    exemplar: true,
    defaults: { custom: { scaleDistribution: { type: 'linear' } } },
    options: {
      calculate: false,
      cellGap: 1,
      color: {
        exponent: 0.5,
        fill: 'dark-orange',
        mode: 'scheme',
        reverse: false,
        scale: 'exponential',
        scheme: 'Oranges',
        steps: 64,
      },
      exemplars: { color: 'rgba(255,0,255,0.7)' },
      filterValues: { le: 1e-9 },
      legend: { show: true },
      rowsFrame: { layout: 'auto' },
      tooltip: { mode: 'single', showColorScale: false, yHistogram: true },
      yAxis: { axisPlacement: 'left', reverse: false, unit: facts.unit },
    },
  });

/** The current value of each series as a bar. */
export const bars = (facts: PanelFacts): Panel =>
  panel(facts, {
    type: 'bargauge',
    form: 'instant',
    defaults: { color: { mode: facts.thresholds === undefined ? 'continuous-BlPu' : 'thresholds' } },
    options: {
      displayMode: 'gradient',
      minVizHeight: 14,
      minVizWidth: 8,
      namePlacement: 'auto',
      orientation: 'horizontal',
      reduceOptions: LAST,
      showUnfilled: true,
      sizing: 'auto',
      valueMode: 'color',
    },
  });

/** Labels of the series as a table. `columns`: titles by label; other labels are left out. */
export const table = (facts: PanelFacts & { readonly columns: Readonly<Record<string, string>> }): Panel =>
  panel(facts, {
    type: 'table',
    form: 'table',
    options: { cellHeight: 'sm', showHeader: true },
    transformations: [
      { id: 'merge', options: {} },
      { id: 'filterFieldsByName', options: { include: { names: Object.keys(facts.columns) } } },
      {
        id: 'organize',
        options: {
          indexByName: Object.fromEntries(Object.keys(facts.columns).map((name, index) => [name, index])),
          renameByName: facts.columns,
        },
      },
    ],
  });

/** The state of each series over time. `names`: text and colour by value. */
export const states = (
  facts: PanelFacts & { readonly names: Readonly<Record<string, readonly [text: string, color: string]>> },
): Panel =>
  panel(facts, {
    type: 'state-timeline',
    form: 'range',
    defaults: {
      color: { mode: 'thresholds' },
      custom: { fillOpacity: 70, lineWidth: 0 },
      mappings: [
        {
          type: 'value',
          options: Object.fromEntries(
            Object.entries(facts.names).map(([value, [text, color]], index) => [
              value,
              { color, index, text },
            ]),
          ),
        },
      ],
    },
    options: {
      alignValue: 'left',
      legend: { calcs: [], displayMode: 'list', placement: 'bottom', showLegend: false },
      mergeValues: true,
      rowHeight: 0.8,
      showValue: 'auto',
      tooltip: { mode: 'single', sort: 'none' },
    },
  });
