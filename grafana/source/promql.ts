/**
 * PromQL as text. Every series has the matchers of the variables `job` and `instance`, and every rate is over Grafana's own
 * interval.
 */

/** The matchers of the variables that every dashboard has. */
const CHOSEN = 'job=~"$job", instance=~"$instance"';

/** Prediction routes only: no probes, documents or lists of models. */
export const PREDICTIONS = 'route=~"/v[12]/.*(predict|infer)"';

/** The models chosen by the variable `model`. */
export const CHOSEN_MODELS = 'model=~"$model"';

/** The series of a metric: `matchers` beside those that are always there. */
export const series = (metric: string, ...matchers: readonly string[]): string =>
  `${metric}{${[CHOSEN, ...matchers].join(', ')}}`;

/** A series of prometheus/rules/recording.yml, which is by job and has no instance. */
export const recorded = (name: string, ...matchers: readonly string[]): string =>
  `${name}{${['job=~"$job"', ...matchers].join(', ')}}`;

/** Per second, of a counter. */
export const rate = (metric: string, ...matchers: readonly string[]): string =>
  `rate(${series(metric, ...matchers)}[$__rate_interval])`;

/** Increase of a counter over the whole time range of the dashboard. */
export const growth = (metric: string, ...matchers: readonly string[]): string =>
  `increase(${series(metric, ...matchers)}[$__range])`;

/** `by`: labels as in PromQL, `model, version`; empty for a single series. */
export const sum = (by: string, expression: string): string => aggregate('sum', by, expression);
export const max = (by: string, expression: string): string => aggregate('max', by, expression);
export const min = (by: string, expression: string): string => aggregate('min', by, expression);

export const sumRate = (by: string, metric: string, ...matchers: readonly string[]): string =>
  sum(by, rate(metric, ...matchers));

/** A quantile of a histogram; no sample instead of NaN where nothing was observed. */
export const quantile = (q: number, by: string, histogram: string, ...matchers: readonly string[]): string =>
  `histogram_quantile(${q}, ${sumRate(by === '' ? 'le' : `le, ${by}`, `${histogram}_bucket`, ...matchers)}) >= 0`;

/** The mean of what a histogram observed. */
export const mean = (by: string, histogram: string, ...matchers: readonly string[]): string =>
  ratio(sumRate(by, `${histogram}_sum`, ...matchers), sumRate(by, `${histogram}_count`, ...matchers));

/** No sample instead of NaN where `whole` is 0. */
export const ratio = (part: string, whole: string): string => `${part} / (${whole} > 0)`;

/** The part of `whole` that `part` is; 0 where there is a whole and no part of it. Both must have the labels `by`. */
export const share = (part: string, whole: string): string => ratio(`(${part} or 0 * ${whole})`, whole);

function aggregate(operator: string, by: string, expression: string): string {
  return by === '' ? `${operator}(${expression})` : `${operator} by (${by}) (${expression})`;
}
