/** Gauges that are views of the server's state, set when they are scraped. */
import { setFeedbackGauges, type FeedbackGauges } from './accuracy-gauges.ts';
import { setDriftCounts, type DriftCounts } from './drift-counts.ts';
import type { Metrics } from './metrics.ts';

export interface StateFacts {
  readonly inFlightBytes: number;
  readonly inFlightBytesLimit: number;
  /** Predicted worker time that arrives over what there is. */
  readonly saturation: number;
  /** Callers with limits that are remembered; undefined where nothing is limited. */
  readonly limitedCallers?: number | undefined;
  /** Age of the key set of the issuer of tokens; undefined when there is none. */
  readonly keySetAgeMs?: number | undefined;
  /** The cache of answers; undefined when it is off. */
  readonly cache?:
    { readonly bytes: number; readonly maxBytes: number; readonly entries: number } | undefined;
  /** Undefined where no predictions are logged. */
  readonly feedback?: FeedbackGauges | undefined;
  /** Rows by cell of the versions that are watched for drift. */
  readonly drift?: readonly DriftCounts[] | undefined;
  readonly models: readonly ModelGauges[];
  /** State of each worker. */
  readonly workers: readonly string[];
}

export interface ModelGauges {
  readonly model: string;
  readonly version: string;
  readonly queuedRows: number;
  /** Undefined until it is loaded. */
  readonly costs:
    | {
        readonly cap: number;
        readonly waitMs: number;
        readonly error: number;
        readonly runs: readonly { readonly rows: number; readonly width: string; readonly meanMs: number }[];
      }
    | undefined;
}

export function setGauges(metrics: Metrics, facts: StateFacts): void {
  metrics.inFlightBytes.set(facts.inFlightBytes);
  metrics.inFlightBytesLimit.set(facts.inFlightBytesLimit);
  metrics.saturation.set(facts.saturation);
  metrics.limitedCallers.set(facts.limitedCallers ?? 0);
  metrics.keySetAge.set((facts.keySetAgeMs ?? 0) / 1000);
  metrics.cacheBytes.set(facts.cache?.bytes ?? 0);
  metrics.cacheBytesLimit.set(facts.cache?.maxBytes ?? 0);
  metrics.cacheEntries.set(facts.cache?.entries ?? 0);
  for (const { model, version, queuedRows, costs } of facts.models) {
    const labels = { model, version };
    metrics.queueRows.set(labels, queuedRows);
    if (costs === undefined) continue;
    metrics.batchCap.set(labels, costs.cap);
    metrics.forecastWait.set(labels, costs.waitMs / 1000);
    metrics.forecastError.set(labels, costs.error);
    for (const { rows, width, meanMs } of costs.runs) {
      metrics.runCost.set({ ...labels, rows, width }, meanMs / 1000);
    }
  }
  if (facts.feedback !== undefined) setFeedbackGauges(metrics, facts.feedback);
  setDriftCounts(metrics, facts.drift ?? []);
  metrics.workers.remove({});
  for (const state of facts.workers) metrics.workers.inc({ state });
}
