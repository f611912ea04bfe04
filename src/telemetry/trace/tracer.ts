/**
 * Traces requests and batches: decides whether, makes ids, and converts times. There is one where tracing is on, and none
 * where it is off: then the rest of the server only checks for it.
 */
import type { Clock } from '../../clock.ts';
import { BatchTrace, type BatchDispatch } from './batch-trace.ts';
import type { TraceContext } from './context.ts';
import { RequestTrace } from './request-trace.ts';
import { sample, TraceIds, type Sampling } from './sampler.ts';
import type { SpanRecord, SpanSink } from './span.ts';

export interface TracerSettings {
  readonly sampling: Sampling;
  readonly clock: Clock;
  /** Milliseconds since 1970: Date.now. */
  readonly wallNow: () => number;
  /** Writes random bytes over all of a buffer: crypto.randomFillSync. */
  readonly fillRandom: (bytes: Buffer) => unknown;
  /** Takes the spans of one request, or of one batch. */
  readonly add: (spans: readonly SpanRecord[]) => void;
}

/**
 * Date.now() has a resolution of a millisecond and is adjusted by the system; the server's clock is steady and drifts by
 * milliseconds a day. Spans use the latter, with an offset that changes only when the two differ by this much: otherwise
 * a batch and its requests would be out of step by the rounding of Date.now().
 */
const DRIFT_MS = 5;

export class Tracer implements SpanSink {
  readonly #settings: TracerSettings;
  readonly #ids: TraceIds;
  #offsetMs: number;

  constructor(settings: TracerSettings) {
    this.#settings = settings;
    this.#ids = new TraceIds(settings.fillRandom);
    this.#offsetMs = settings.wallNow() - settings.clock.now();
  }

  /** A request has arrived with that context. Undefined when it is not sampled; `path` is not called then. */
  begin(sent: TraceContext | undefined, path: () => string): RequestTrace | undefined {
    const origin = sample(sent, this.#settings.sampling, this.#ids);
    return origin === undefined ? undefined : new RequestTrace(origin, path(), this);
  }

  /** A batch has been sent to a worker. Undefined when none of its requests is sampled. */
  batch(
    facts: BatchDispatch,
    entries: readonly { readonly trace: RequestTrace | undefined }[],
  ): BatchTrace | undefined {
    let requests: Set<RequestTrace> | undefined;
    for (const { trace } of entries) if (trace !== undefined) (requests ??= new Set()).add(trace);
    return requests === undefined ? undefined : new BatchTrace(facts, [...requests], this);
  }

  traceId(): string {
    return this.#ids.traceId();
  }

  spanId(): string {
    return this.#ids.spanId();
  }

  wallMs(clockMs: number): number {
    return clockMs + this.#offsetMs;
  }

  add(spans: readonly SpanRecord[]): void {
    this.#settings.add(spans);
    const { wallNow, clock } = this.#settings;
    const offsetMs = wallNow() - clock.now();
    if (Math.abs(offsetMs - this.#offsetMs) > DRIFT_MS) this.#offsetMs = offsetMs;
  }
}
