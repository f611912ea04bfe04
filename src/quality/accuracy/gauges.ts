/** What a scrape says of how often the models were right. Pure. */
import type { FeedbackGauges } from '../../telemetry/metrics/accuracy-gauges.ts';
import { wilson } from '../../wilson.ts';
import type { Accuracy } from './accuracy.ts';
import { totalOf } from './view.ts';

/** Of a version: more would be series that come and go. */
const MOST_CONFUSIONS = 10;

export interface Served {
  /** Whether there is such a version: those that are gone have no series. */
  readonly has: (model: string, version: string) => boolean;
  /** Names of the classes of a model. */
  readonly labelsOf: (model: string) => readonly string[] | undefined;
}

export function gaugesOf(
  counted: Accuracy,
  { has, labelsOf }: Served,
): Pick<FeedbackGauges, 'accuracy' | 'confusions'> {
  const models = counted.models.map((model) => ({
    model,
    routes: counted.of(model).filter(({ version }) => has(model, version)),
  }));
  return {
    accuracy: models.flatMap(({ model, routes }) =>
      routes.map((one) => {
        const { n, correct, calibration } = totalOf([one]);
        const { low, high } = wilson(correct, n);
        const { version, route } = one;
        return { model, version, route, n, correct, low, high, calibrationError: calibration.error };
      }),
    ),
    confusions: models.flatMap(({ model, routes }) => {
      const labels = labelsOf(model);
      const named = (classId: number): string => labels?.[classId] ?? String(classId);
      return [...new Set(routes.map(({ version }) => version))].flatMap((version) =>
        totalOf(routes.filter((one) => one.version === version))
          .confusions.top(MOST_CONFUSIONS)
          .map(({ predicted, actual, count }) => ({
            ...{ model, version, count },
            predicted: named(predicted),
            actual: named(actual),
          })),
      );
    }),
  };
}
