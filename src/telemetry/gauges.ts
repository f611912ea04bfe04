/** Gauges that are views of the server's state, set when they are scraped. */
import type { Metrics } from './metrics.ts';

export interface StateFacts {
  readonly inFlightBytes: number;
  readonly inFlightBytesLimit: number;
  readonly queues: readonly { readonly model: string; readonly version: string; readonly rows: number }[];
  /** State of each worker. */
  readonly workers: readonly string[];
}

export function setGauges(metrics: Metrics, facts: StateFacts): void {
  metrics.inFlightBytes.set(facts.inFlightBytes);
  metrics.inFlightBytesLimit.set(facts.inFlightBytesLimit);
  for (const { model, version, rows } of facts.queues) metrics.queueRows.set({ model, version }, rows);
  metrics.workers.reset();
  for (const state of facts.workers) metrics.workers.inc({ state });
}
