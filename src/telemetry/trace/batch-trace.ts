/**
 * A batch with at least one sampled request. It is a trace of its own, because it belongs to several requests: its span
 * links to their server spans, and their `infer` spans link to it. Its ids are made when it is sent, so that a request
 * that ends earlier can link to it.
 */
import type { BatchResult } from '../../thread/messages.ts';
import type { SpanAttributes, SpanReference, SpanSink } from './span.ts';

/** A batch as it is sent to a worker. */
export interface BatchDispatch {
  /** On the server's clock. */
  readonly at: number;
  readonly model: string;
  readonly version: string;
  readonly worker: number;
  readonly rows: number;
  readonly width: string;
  readonly reason: string;
  /** How long its oldest entry had waited. */
  readonly waitedMs: number;
  readonly predictedMs: number;
}

/** How long a batch took on its worker, in milliseconds. */
export interface BatchTimings {
  readonly decodeMs: number;
  readonly inferMs: number;
  readonly postMs: number;
}

/** A sampled request of a batch. */
export interface TracedRequest extends SpanReference {
  /** An entry of the request was sent to a worker in this batch. */
  wentWith(batch: BatchTrace): void;
}

export class BatchTrace implements SpanReference {
  readonly traceId: string;
  readonly spanId: string;
  readonly facts: BatchDispatch;
  readonly #requests: readonly TracedRequest[];
  readonly #sink: SpanSink;
  /** On the server's clock; set once its answer is there. */
  endedAt: number | undefined;
  /** Undefined while the batch runs, and when it failed. */
  timings: BatchTimings | undefined;

  constructor(facts: BatchDispatch, requests: readonly TracedRequest[], sink: SpanSink) {
    this.traceId = sink.traceId();
    this.spanId = sink.spanId();
    this.facts = facts;
    this.#requests = requests;
    this.#sink = sink;
    for (const request of requests) request.wentWith(this);
  }

  /** The batch has ended, or its worker died; `at` on the server's clock. Called once. */
  end(at: number, outcome: BatchResult | { readonly kind: 'died' }): void {
    const { facts } = this;
    this.endedAt = at;
    if (outcome.kind === 'done') {
      const { decodeMs, inferMs, postMs } = outcome;
      this.timings = { decodeMs, inferMs, postMs };
    }
    const error = errorOf(outcome);
    this.#sink.add([
      {
        name: 'batch',
        kind: 'internal',
        traceId: this.traceId,
        spanId: this.spanId,
        parent: undefined,
        state: undefined,
        startMs: this.#sink.wallMs(facts.at),
        endMs: this.#sink.wallMs(at),
        attributes: {
          ...modelAttributes(facts),
          ...batchAttributes(facts),
          'ortolan.batch.waited_ms': facts.waitedMs,
          'ortolan.batch.predicted_ms': facts.predictedMs,
          'ortolan.batch.outcome': outcome.kind,
          ...(this.timings && {
            'ortolan.batch.decode_ms': this.timings.decodeMs,
            'ortolan.batch.infer_ms': this.timings.inferMs,
            'ortolan.batch.post_ms': this.timings.postMs,
          }),
          ...(error && { 'error.type': error.code }),
        },
        links: this.#requests.map(({ traceId, spanId }) => ({ traceId, spanId })),
        failed: error?.detail,
      },
    ]);
  }
}

function errorOf(
  outcome: BatchResult | { readonly kind: 'died' },
): { readonly code: string; readonly detail: string } | undefined {
  if (outcome.kind === 'died') return { code: 'WORKER_DIED', detail: 'The worker died.' };
  return outcome.kind === 'failure' ? outcome : undefined;
}

export const modelAttributes = ({
  model,
  version,
}: {
  readonly model: string;
  readonly version: string;
}): SpanAttributes => ({ 'ortolan.model.name': model, 'ortolan.model.version': version });

/** Attributes of a batch that its requests carry too, for viewers that do not follow links. */
export const batchAttributes = ({ rows, reason, width, worker }: BatchDispatch): SpanAttributes => ({
  'ortolan.batch.size': rows,
  'ortolan.batch.reason': reason,
  'ortolan.batch.width': width,
  'ortolan.worker': worker,
});
