/** Events of traces that are sent: metrics and log line together. */
import type { Log } from '../log/log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { HeaderEvents } from '../trace/headers.ts';
import type { QueueEvents } from '../trace/queue.ts';

export class TraceEvents implements QueueEvents, HeaderEvents {
  readonly #log: Log;
  readonly #metrics: Pick<Metrics, 'traceSpansExported' | 'traceSpansDropped'>;
  /** Since the last log line. */
  #dropped = 0;

  constructor(log: Log, metrics: Pick<Metrics, 'traceSpansExported' | 'traceSpansDropped'>) {
    this.#log = log;
    this.#metrics = metrics;
  }

  /** The query of `url` may hold a key and is not logged. */
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

  /** One line for each outage; dropped spans are counted in the metrics. */
  exportFailing(reason: string): void {
    this.#log.warn({ reason }, 'traces cannot be sent');
  }

  exportWorks(): void {
    this.#log.info({ dropped_spans: this.#dropped }, 'traces are sent again');
    this.#dropped = 0;
  }

  headersRead(): void {
    this.#log.info('headers of traces read again');
  }

  headersRefused(reason: string): void {
    this.#log.error({ reason }, 'headers of traces not read, those before are still sent');
  }
}
