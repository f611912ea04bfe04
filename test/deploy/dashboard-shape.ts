/** What of Grafana's classic dashboards we use, as a schema: a panel that is not in it draws nothing, or is not read. */
import Type, { type Static, type TSchema } from 'typebox';

const strict = <T extends Record<string, TSchema>>(properties: T) =>
  Type.Object(properties, { additionalProperties: false });

const Text = Type.String({ minLength: 1 });
const Anything = Type.Object({}, { additionalProperties: true });

const Datasource = strict({ type: Type.Literal('prometheus'), uid: Type.Literal('${datasource}') });

const Target = strict({
  datasource: Datasource,
  editorMode: Type.Literal('code'),
  exemplar: Type.Optional(Type.Literal(true)),
  expr: Text,
  format: Type.Enum(['time_series', 'table', 'heatmap']),
  instant: Type.Boolean(),
  legendFormat: Text,
  range: Type.Boolean(),
  refId: Type.String({ pattern: '^[A-Z]$' }),
});

const GridPos = strict({
  h: Type.Integer({ minimum: 1 }),
  w: Type.Integer({ minimum: 1, maximum: 24 }),
  x: Type.Integer({ minimum: 0, maximum: 23 }),
  y: Type.Integer({ minimum: 0 }),
});

const Thresholds = strict({
  mode: Type.Literal('absolute'),
  steps: Type.Array(
    strict({
      color: Type.Enum(['green', 'yellow', 'orange', 'red', 'blue']),
      value: Type.Union([Type.Number(), Type.Null()]),
    }),
    { minItems: 1 },
  ),
});

const FieldConfig = strict({
  defaults: strict({
    unit: Type.Enum(['percentunit', 's', 'bytes', 'Bps', 'reqps', 'cps', 'short', 'none']),
    color: Type.Optional(Anything),
    custom: Type.Optional(Anything),
    decimals: Type.Optional(Type.Integer({ minimum: 0 })),
    mappings: Type.Optional(Type.Array(Anything)),
    max: Type.Optional(Type.Number()),
    min: Type.Optional(Type.Number()),
    noValue: Type.Optional(Text),
    thresholds: Thresholds,
  }),
  overrides: Type.Array(strict({ matcher: Anything, properties: Type.Array(Anything) })),
});

const Panel = strict({
  id: Type.Integer({ minimum: 1 }),
  gridPos: GridPos,
  type: Type.Enum(['stat', 'timeseries', 'heatmap', 'bargauge', 'table', 'state-timeline']),
  title: Text,
  description: Text,
  datasource: Datasource,
  targets: Type.Array(Target, { minItems: 1 }),
  fieldConfig: FieldConfig,
  options: Anything,
  transformations: Type.Optional(Type.Array(strict({ id: Text, options: Anything }))),
});

const Row = strict({
  id: Type.Integer({ minimum: 1 }),
  gridPos: GridPos,
  type: Type.Literal('row'),
  title: Text,
  collapsed: Type.Literal(false),
  panels: Type.Array(Anything, { maxItems: 0 }),
});

const Variable = Type.Object(
  {
    name: Text,
    label: Text,
    type: Type.Enum(['datasource', 'query']),
    allValue: Type.Optional(Type.String()),
    datasource: Type.Optional(Datasource),
    definition: Type.Optional(Text),
    includeAll: Type.Boolean(),
    multi: Type.Boolean(),
    refresh: Type.Integer({ minimum: 0, maximum: 2 }),
  },
  { additionalProperties: true },
);

export const Dashboard = strict({
  uid: Type.String({ pattern: '^[a-z-]{1,40}$' }),
  title: Text,
  description: Text,
  tags: Type.Array(Text),
  schemaVersion: Type.Integer({ minimum: 39, maximum: 42 }),
  version: Type.Integer(),
  editable: Type.Boolean(),
  graphTooltip: Type.Integer(),
  refresh: Text,
  time: strict({ from: Text, to: Text }),
  timezone: Text,
  weekStart: Type.String(),
  fiscalYearStartMonth: Type.Integer(),
  liveNow: Type.Boolean(),
  links: Type.Array(Anything),
  annotations: strict({ list: Type.Array(Anything) }),
  templating: strict({ list: Type.Array(Variable) }),
  panels: Type.Array(Type.Union([Row, Panel]), { minItems: 1 }),
});

export type DashboardJson = Static<typeof Dashboard>;
export type PanelJson = Static<typeof Panel>;
export type VariableJson = Static<typeof Variable>;

export const panelsOf = ({ panels }: DashboardJson): readonly PanelJson[] =>
  panels.filter((panel): panel is PanelJson => panel.type !== 'row');
