/**
 * A batch of which at least one request is sampled. It is a trace of its own, for it belongs to no request alone: its
 * span names the server spans of those that are sampled, and their `infer` spans name it. Its ids are known from its
 * dispatch on, so that a request that ends before it can name it.
 */
import type { BatchResult } from '../../thread/messages.ts';
import type { SpanAttributes, SpanReference, SpanSink } from './span.ts';

/** What is known of a batch when it leaves. */
export interface BatchFacts {
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

/** What a batch took on its worker, in milliseconds. */
export interface Work {
  readonly decodeMs: number;
  readonly inferMs: number;
  readonly postMs: number;
}

/** A request that is sampled, as far as a batch knows it. */
export interface TracedRequest extends SpanReference {
  /** An entry of it was sent to a worker. */
  wentWith(batch: BatchTrace): void;
}

export class BatchTrace implements SpanReference {
  readonly traceId: string;
  readonly spanId: string;
  readonly facts: BatchFacts;
  readonly #requests: readonly TracedRequest[];
  readonly #sink: SpanSink;
  /** On the server's clock; set once its answer is there. */
  endedAt: number | undefined;
  /** Undefined while it runs, and for good when it was not done. */
  work: Work | undefined;

  constructor(facts: BatchFacts, requests: readonly TracedRequest[], sink: SpanSink) {
    this.traceId = sink.traceId();
    this.spanId = sink.spanId();
    this.facts = facts;
    this.#requests = requests;
    this.#sink = sink;
    for (const request of requests) request.wentWith(this);
  }

  /** The answer is there, or will never be; `at` on the server's clock. Once. */
  end(at: number, outcome: BatchResult | { readonly kind: 'died' }): void {
    const { facts } = this;
    this.endedAt = at;
    if (outcome.kind === 'done') {
      const { decodeMs, inferMs, postMs } = outcome;
      this.work = { decodeMs, inferMs, postMs };
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
          ...(this.work && {
            'ortolan.batch.decode_ms': this.work.decodeMs,
            'ortolan.batch.infer_ms': this.work.inferMs,
            'ortolan.batch.post_ms': this.work.postMs,
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

/** What of a batch is worth saying on each of its requests too, for viewers that do not follow links. */
export const batchAttributes = ({ rows, reason, width, worker }: BatchFacts): SpanAttributes => ({
  'ortolan.batch.size': rows,
  'ortolan.batch.reason': reason,
  'ortolan.batch.width': width,
  'ortolan.worker': worker,
});
