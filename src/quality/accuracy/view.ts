/** The accuracy of a model as JSON: the answer of GET /v1/models/{model}/accuracy. Pure. */
import { wilson } from '../../wilson.ts';
import type { RouteTallies } from './accuracy.ts';
import { sumOf, type Tally } from './tally.ts';

export interface AccuracyFacts {
  readonly model: string;
  /** For how many days a prediction counts. */
  readonly days: number;
  /** Whether what earlier processes have written is counted already. */
  readonly complete: boolean;
  /** Name of a class; undefined where it has none. */
  readonly labelOf: (classId: number) => string | undefined;
}

const MOST_CONFUSIONS = 20;

export function accuracyView(routes: readonly RouteTallies[], facts: AccuracyFacts): object {
  const versions = [...new Set(routes.map(({ version }) => version))];
  return {
    model: facts.model,
    days: facts.days,
    complete: facts.complete,
    versions: versions.map((version) =>
      versionView(
        version,
        routes.filter((one) => one.version === version),
        facts,
      ),
    ),
  };
}

function versionView(version: string, routes: readonly RouteTallies[], facts: AccuracyFacts): object {
  const tally = totalOf(routes);
  const days = [...new Set(routes.flatMap((one) => [...one.days.keys()]))].sort((a, b) => a - b);
  return {
    version,
    ...tallyView(tally),
    calibration: calibrationView(tally),
    confusions: tally.confusions.top(MOST_CONFUSIONS).map(({ predicted, actual, count }) => ({
      predicted: classView(predicted, facts),
      actual: classView(actual, facts),
      count,
    })),
    routes: routes.map((one) => ({ route: one.route, ...tallyView(totalOf([one])) })),
    by_day: days.map((day) => ({
      day: new Date(day).toISOString().slice(0, 10),
      ...tallyView(sumOf(routes.flatMap((one) => one.days.get(day) ?? []))),
    })),
  };
}

/** All days together. */
export const totalOf = (routes: readonly RouteTallies[]): Tally =>
  sumOf(routes.flatMap(({ days }) => [...days.values()]));

function tallyView({ n, correct, calibration, scores }: Tally): object {
  const { low, high } = wilson(correct, n);
  const { error } = calibration;
  return {
    accuracy: { ...(n > 0 && { value: rounded(correct / n) }), low: rounded(low), high: rounded(high), n },
    ...(error !== undefined && { calibration_error: rounded(error) }),
    ...(scores.n > 0 && { score: { mean: rounded(scores.sum / scores.n), n: scores.n } }),
  };
}

const calibrationView = ({ calibration }: Tally): object =>
  calibration.bins
    .filter(({ n }) => n > 0)
    .map(({ from, to, n, confidence, accuracy }) => ({
      from: rounded(from),
      to: rounded(to),
      n,
      confidence: rounded(confidence!),
      accuracy: rounded(accuracy!),
    }));

function classView(classId: number, { labelOf }: AccuracyFacts): object {
  const label = labelOf(classId);
  return { class_id: classId, ...(label !== undefined && { label }) };
}

const rounded = (value: number): number => Math.round(value * 1e6) / 1e6;
