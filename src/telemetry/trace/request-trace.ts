/**
 * A sampled request: records what its spans need and makes them when it has ended. A request that is not sampled has
 * none.
 */
import type { RequestEnd } from '../log/request-line.ts';
import type { BatchTrace, TracedRequest } from './batch-trace.ts';
import { writeTraceContext } from './context.ts';
import { requestSpans, type RequestOutcome, type RequestRecord } from './request-spans.ts';
import type { TraceOrigin } from './sampler.ts';
import type { SpanSink } from './span.ts';

export class RequestTrace implements RequestRecord, TracedRequest {
  readonly origin: TraceOrigin;
  readonly spanId: string;
  readonly path: string;
  readonly batches: BatchTrace[] = [];
  readMs: number | undefined;
  fetched: { readonly fromMs: number; readonly untilMs: number } | undefined;
  queuedMs: number | undefined;
  readonly #sink: SpanSink;

  constructor(origin: TraceOrigin, path: string, sink: SpanSink) {
    this.origin = origin;
    this.path = path;
    this.spanId = sink.spanId();
    this.#sink = sink;
  }

  get traceId(): string {
    return this.origin.traceId;
  }

  /** Value of the traceresponse header. */
  get response(): string {
    return writeTraceContext(this.traceId, this.spanId);
  }

  wentWith(batch: BatchTrace): void {
    this.batches.push(batch);
  }

  /** The request has ended; `arrivedAt` on the server's clock. Called once. */
  end(end: RequestEnd, arrivedAt: number, outcome: RequestOutcome): void {
    this.#sink.add(requestSpans(this, end, arrivedAt, outcome, this.#sink));
  }
}
