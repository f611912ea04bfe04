/**
 * PromQL as text, put together so that no query of a dashboard forgets to ask for the chosen job and instances, or
 * takes a rate over any interval but Grafana's. Knows no metric.
 */

/** The matchers of the variables that every dashboard has. */
const CHOSEN = 'job=~"$job", instance=~"$instance"';

/** The prediction routes: probes, documents and lists of models are not what clients wait for. */
export const PREDICTIONS = 'route=~"/v[12]/.*(predict|infer)"';

/** Of those, the models that a dashboard with the variable `model` is asked for. */
export const CHOSEN_MODELS = 'model=~"$model"';

/** The series of a metric: `matchers` beside those that are always there. */
export const series = (metric: string, ...matchers: readonly string[]): string =>
  `${metric}{${[CHOSEN, ...matchers].join(', ')}}`;

/** A series that prometheus/rules/recording.yml makes: it is about all servers of a job. */
export const recorded = (name: string, ...matchers: readonly string[]): string =>
  `${name}{${['job=~"$job"', ...matchers].join(', ')}}`;

/** Per second, of a counter. */
export const rate = (metric: string, ...matchers: readonly string[]): string =>
  `rate(${series(metric, ...matchers)}[$__rate_interval])`;

/** How much a counter grew in the whole range that is looked at. */
export const growth = (metric: string, ...matchers: readonly string[]): string =>
  `increase(${series(metric, ...matchers)}[$__range])`;

/** `by` as PromQL has it: `model, version`, or nothing for one series. */
export const sum = (by: string, expression: string): string => aggregate('sum', by, expression);
export const max = (by: string, expression: string): string => aggregate('max', by, expression);
export const min = (by: string, expression: string): string => aggregate('min', by, expression);

export const sumRate = (by: string, metric: string, ...matchers: readonly string[]): string =>
  sum(by, rate(metric, ...matchers));

/** A quantile of a histogram; nothing, and not NaN, where nothing was observed. */
export const quantile = (q: number, by: string, histogram: string, ...matchers: readonly string[]): string =>
  `histogram_quantile(${q}, ${sumRate(by === '' ? 'le' : `le, ${by}`, `${histogram}_bucket`, ...matchers)}) >= 0`;

/** The mean of what a histogram observed. */
export const mean = (by: string, histogram: string, ...matchers: readonly string[]): string =>
  ratio(sumRate(by, `${histogram}_sum`, ...matchers), sumRate(by, `${histogram}_count`, ...matchers));

/** Nothing, and not NaN, where there is nothing to divide by. */
export const ratio = (part: string, whole: string): string => `${part} / (${whole} > 0)`;

/** The part of `whole` that `part` is; 0 where there is a whole and no part of it. Both must have the labels `by`. */
export const share = (part: string, whole: string): string => ratio(`(${part} or 0 * ${whole})`, whole);

function aggregate(operator: string, by: string, expression: string): string {
  return by === '' ? `${operator}(${expression})` : `${operator} by (${by}) (${expression})`;
}
