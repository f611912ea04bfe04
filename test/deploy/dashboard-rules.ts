/**
 * Rules that a dashboard must keep beyond its shape: those of Grafana's dashboard-linter, and some of our own. Pure: the
 * same dashboard gives the same list.
 */
import { panelsOf, type DashboardJson, type PanelJson, type VariableJson } from './dashboard-shape.ts';
import { rawCounters, unknownNames } from './known-metrics.ts';
import { readPromql, type Selector } from './promql.ts';

/** About all servers of a job, or none: these have no instance. */
const WITHOUT_INSTANCE = /^(job|job_model):/;
/** The numbers that a team sets itself are the same for all; alerts are ours by their names, whatever their job. */
const WITHOUT_JOB = /^(slo|limit):|^ALERTS$/;
const INTERVALS = ['$__rate_interval', '$__range'];

/** Everything that is wrong with it, each with the panel's title. `recorded`: names of the recording rules. */
export function faultsOf(dashboard: DashboardJson, recorded: ReadonlySet<string>): readonly string[] {
  const panels = panelsOf(dashboard);
  return [
    ...(dashboard.editable ? ['it can be edited, and the edits would be lost'] : []),
    ...repeated(dashboard.panels.map(({ id }) => String(id))).map((id) => `two panels have the id ${id}`),
    ...repeated(panels.map(({ title }) => title)).map((title) => `two panels are called ${title}`),
    ...overlapping(dashboard).map((titles) => `${titles} overlap`),
    ...dashboard.templating.list.flatMap(faultsOfVariable),
    ...missingVariables(dashboard),
    ...panels.flatMap((panel) => faultsOfPanel(panel, recorded).map((fault) => `${panel.title}: ${fault}`)),
  ];
}

function missingVariables({ templating, panels }: DashboardJson): string[] {
  const names = templating.list.map(({ name }) => name);
  const needed = ['datasource', 'job', 'instance'];
  const used = JSON.stringify(panels).includes('$model') ? [...needed, 'model'] : needed;
  return used.filter((name) => !names.includes(name)).map((name) => `there is no variable ${name}`);
}

function faultsOfVariable({ name, type, allValue, includeAll, multi, refresh }: VariableJson): string[] {
  if (type === 'datasource') return name === 'datasource' ? [] : [`the data source is called ${name}`];
  return [
    ...(multi && includeAll && allValue === (name === 'job' ? 'ortolan' : '.+')
      ? []
      : [`of ${name} one cannot choose all`]),
    ...(refresh === 2 ? [] : [`${name} is not asked again when the time range changes`]),
  ];
}

function faultsOfPanel(
  { targets, title, type, fieldConfig }: PanelJson,
  recorded: ReadonlySet<string>,
): string[] {
  const { steps } = fieldConfig.defaults.thresholds;
  return [
    ...(/[.!]$/.test(title) ? ['a title is no sentence'] : []),
    ...repeated(targets.map(({ refId }) => refId)).map((id) => `two queries are called ${id}`),
    ...(steps[0]?.value === null ? [] : ['the first threshold has a value']),
    ...(type === 'stat' && fieldConfig.defaults.noValue === undefined
      ? ['it does not say what no data means']
      : []),
    ...(targets.length > 1 && targets.some(({ legendFormat }) => legendFormat === '__auto')
      ? ['a query among several has no legend']
      : []),
    ...targets.flatMap(({ expr }) => faultsOfQuery(expr, recorded).map((fault) => `${fault} in ${expr}`)),
  ];
}

function faultsOfQuery(expr: string, recorded: ReadonlySet<string>): string[] {
  // To the grammar, a variable in the place of a duration is an error.
  const query = readPromql(withDurations(expr));
  return [
    ...query.errors.map((error) => `it does not parse ${error}`),
    ...unknownNames(query, recorded),
    ...rawCounters(query).map((metric) => `${metric} is a counter without rate()`),
    ...query.selectors.flatMap((selector) => [...faultsOfMatchers(selector), ...faultsOfRange(selector)]),
  ];
}

function faultsOfMatchers({ metric, matchers }: Selector): string[] {
  const must = [
    ...(WITHOUT_JOB.test(metric) ? [] : ['job']),
    ...(WITHOUT_JOB.test(metric) || WITHOUT_INSTANCE.test(metric) ? [] : ['instance']),
  ];
  return must
    .filter((label) => matchers[label] !== `=~"$${label}"`)
    .map((label) => `${metric} does not ask for $${label}`);
}

const faultsOfRange = ({ metric, range }: Selector): string[] =>
  range === undefined || Object.values(DURATIONS).includes(range)
    ? []
    : [`the interval of ${metric} is not one of ${INTERVALS.join(', ')}`];

/** Durations that no one writes, one for each variable. */
const DURATIONS: Readonly<Record<string, string>> = { $__rate_interval: '61s', $__range: '3601s' };

const withDurations = (expr: string): string =>
  INTERVALS.reduce((text, name) => text.replaceAll(name, DURATIONS[name]!), expr);

const repeated = (names: readonly string[]): readonly string[] =>
  names.filter((name, index) => names.indexOf(name) !== index);

function overlapping({ panels }: DashboardJson): string[] {
  const found: string[] = [];
  for (const [index, a] of panels.entries()) {
    if (a.gridPos.x + a.gridPos.w > 24) found.push(`${a.title} and the edge`);
    for (const b of panels.slice(index + 1)) {
      const apart =
        a.gridPos.x + a.gridPos.w <= b.gridPos.x ||
        b.gridPos.x + b.gridPos.w <= a.gridPos.x ||
        a.gridPos.y + a.gridPos.h <= b.gridPos.y ||
        b.gridPos.y + b.gridPos.h <= a.gridPos.y;
      if (!apart) found.push(`${a.title} and ${b.title}`);
    }
  }
  return found;
}
