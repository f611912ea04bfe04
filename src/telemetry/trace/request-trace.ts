/**
 * A request that is sampled, on its way: keeps what its spans will need and makes them when it has ended. Requests that
 * are not sampled have none of this.
 */
import type { RequestEnd } from '../log/request-line.ts';
import type { BatchTrace, TracedRequest } from './batch-trace.ts';
import { writeTraceContext } from './context.ts';
import { requestSpans, type Outcome, type Way } from './request-spans.ts';
import type { Beginning } from './sampler.ts';
import type { SpanSink } from './span.ts';

export class RequestTrace implements Way, TracedRequest {
  readonly beginning: Beginning;
  readonly spanId: string;
  readonly path: string;
  readonly batches: BatchTrace[] = [];
  readMs: number | undefined;
  fetched: { readonly fromMs: number; readonly untilMs: number } | undefined;
  queuedMs: number | undefined;
  readonly #sink: SpanSink;

  constructor(beginning: Beginning, path: string, sink: SpanSink) {
    this.beginning = beginning;
    this.path = path;
    this.spanId = sink.spanId();
    this.#sink = sink;
  }

  get traceId(): string {
    return this.beginning.traceId;
  }

  /** Value of the answer's header by which a client finds the trace. */
  get response(): string {
    return writeTraceContext(this.traceId, this.spanId);
  }

  wentWith(batch: BatchTrace): void {
    this.batches.push(batch);
  }

  /** The request has ended; `arrivedAt` on the server's clock. Called once. */
  end(end: RequestEnd, arrivedAt: number, outcome: Outcome): void {
    this.#sink.add(requestSpans(this, end, arrivedAt, outcome, this.#sink));
  }
}
