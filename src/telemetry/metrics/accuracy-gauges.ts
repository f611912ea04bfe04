/** Gauges of how often the models were right, set when they are scraped. */
import type { Metrics } from './metrics.ts';

/** The logs of predictions and feedback, and what is counted from them. */
export interface FeedbackGauges {
  readonly logBytes: number;
  readonly logBytesLimit: number;
  readonly indexBytes: number;
  readonly accuracy: readonly AccuracyGauges[];
  readonly confusions: readonly ConfusionGauge[];
}

/** One version by one route. */
export interface AccuracyGauges {
  readonly model: string;
  readonly version: string;
  readonly route: string;
  readonly n: number;
  readonly correct: number;
  readonly low: number;
  readonly high: number;
  /** Undefined where there are no probabilities. */
  readonly calibrationError: number | undefined;
}

/** Names of classes, or their numbers where they have none. */
export interface ConfusionGauge {
  readonly model: string;
  readonly version: string;
  readonly predicted: string;
  readonly actual: string;
  readonly count: number;
}

export function setFeedbackGauges(metrics: Metrics, facts: FeedbackGauges): void {
  metrics.logBytes.set(facts.logBytes);
  metrics.logBytesLimit.set(facts.logBytesLimit);
  metrics.logIndexBytes.set(facts.indexBytes);
  const { accuracy, accuracyLow, accuracyHigh, accuracySamples, calibrationError, confusions } = metrics;
  // Those of which nothing is known any more are not among the facts.
  for (const gauge of [accuracy, accuracyLow, accuracyHigh, accuracySamples, calibrationError, confusions])
    gauge.remove({});
  for (const { model, version, route, n, correct, low, high, calibrationError: error } of facts.accuracy) {
    const labels = { model, version, route };
    accuracySamples.set(labels, n);
    if (n === 0) continue;
    accuracy.set(labels, correct / n);
    accuracyLow.set(labels, low);
    accuracyHigh.set(labels, high);
    if (error !== undefined) calibrationError.set(labels, error);
  }
  for (const { count, ...labels } of facts.confusions) confusions.set(labels, count);
}
