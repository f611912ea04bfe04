/**
 * Traces requests and batches: whether at all, with which ids, and on which time line. There is one where tracing is on,
 * and none where it is off: all that the rest of the server does for tracing then is to see that.
 */
import type { Clock } from '../../clock.ts';
import { BatchTrace, type BatchFacts } from './batch-trace.ts';
import type { TraceContext } from './context.ts';
import { RequestTrace } from './request-trace.ts';
import { begin, TraceIds, type Sampling } from './sampler.ts';
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
 * Date.now() is good to a millisecond and is set by others; the server's clock is even and goes its own way by
 * milliseconds a day. Spans are placed by the latter, moved only when the two have parted by this much: else a batch and
 * its requests would be out of step by what Date.now() rounds.
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

  /** A request has come, with that context. Undefined when it is not sampled; `path` is not asked for then. */
  begin(sent: TraceContext | undefined, path: () => string): RequestTrace | undefined {
    const beginning = begin(sent, this.#settings.sampling, this.#ids);
    return beginning === undefined ? undefined : new RequestTrace(beginning, path(), this);
  }

  /** A batch has been sent to a worker. Undefined when none of its entries is of a request that is sampled. */
  batch(
    facts: BatchFacts,
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
