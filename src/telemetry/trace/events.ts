/** What happens to traces on their way out, as events.ts has it for the rest: metrics and log line together. */
import type { Log } from '../log/log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { QueueEvents } from './queue.ts';

export class TraceEvents implements QueueEvents {
  readonly #log: Log;
  readonly #metrics: Pick<Metrics, 'traceSpansExported' | 'traceSpansDropped'>;
  /** Since the log was last told. */
  #dropped = 0;

  constructor(log: Log, metrics: Pick<Metrics, 'traceSpansExported' | 'traceSpansDropped'>) {
    this.#log = log;
    this.#metrics = metrics;
  }

  /** `url` may have a key in its query: it is left out. */
  tracingOn(url: string, sampleRatio: number): void {
    const { origin, pathname } = new URL(url);
    this.#log.info({ endpoint: `${origin}${pathname}`, sample_ratio: sampleRatio }, 'tracing');
  }

  spansExported(spans: number): void {
    this.#metrics.traceSpansExported.inc(spans);
  }

  spansDropped(spans: number): void {
    this.#dropped += spans;
    this.#metrics.traceSpansDropped.inc(spans);
  }

  /** One line for the outage, whatever it costs: the rest is in the metrics. */
  exportFailing(reason: string): void {
    this.#log.warn({ reason }, 'traces cannot be sent');
  }

  exportWorks(): void {
    this.#log.info({ dropped_spans: this.#dropped }, 'traces are sent again');
    this.#dropped = 0;
  }
}
