/**
 * The spans of one request, made when it has ended: the server span, by the semantic conventions of OpenTelemetry for
 * HTTP, and its stages one after the other. Pure but for the ids.
 *
 * Where the stages lie: reading begins with the request; the work begins when it was queued, and waiting, decoding, run
 * and postprocessing follow without a gap, for waiting is by definition all that was not work (Batcher). All of
 * them are inside the server span.
 */
import type { StageTimings } from '../metrics/model-series.ts';
import type { RequestEnd } from '../log/request-line.ts';
import { batchAttributes, modelAttributes, type BatchTrace, type Work } from './batch-trace.ts';
import type { TraceContext } from './context.ts';
import type { Beginning } from './sampler.ts';
import type { SpanAttributes, SpanRecord, SpanReference, SpanSink } from './span.ts';

/** What a sampled request has left on its way. */
export interface Way {
  readonly traceId: string;
  /** Of the server span, which is the parent of all others. */
  readonly spanId: string;
  readonly beginning: Beginning;
  /** Without query. */
  readonly path: string;
  /** Batches that its entries went with; more than one when it was split, or when a worker died. */
  readonly batches: readonly BatchTrace[];
  /** Milliseconds since arrival at which its body was read, its images were fetched, and its work was queued. */
  readonly readMs: number | undefined;
  readonly fetched: { readonly fromMs: number; readonly untilMs: number } | undefined;
  readonly queuedMs: number | undefined;
}

/** What became of the request. */
export interface Outcome {
  /** Undefined when the client had left. */
  readonly status: number | undefined;
  readonly error?: { readonly code: string; readonly message: string };
  readonly model: { readonly model: string; readonly version: string } | undefined;
  /** Of a prediction that was answered, in milliseconds. */
  readonly stages?: WorkTimings | undefined;
}

/** Reading is placed by the request's own clock. */
type WorkTimings = Omit<StageTimings, 'read'>;

/** A stage on the time line, in milliseconds since arrival. */
interface Stage {
  readonly name: string;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Paths are the client's: one of 4 KiB is no help to anybody. */
const MAX_PATH = 512;

export function requestSpans(
  trace: Way,
  end: RequestEnd,
  arrivedAt: number,
  outcome: Outcome,
  sink: SpanSink,
): SpanRecord[] {
  const { traceId, spanId, beginning } = trace;
  const state = beginning.parent?.state;
  const wallMs = (ms: number): number => sink.wallMs(arrivedAt + Math.min(ms, end.ms));
  const server: SpanRecord = {
    name: nameOf(end),
    kind: 'server',
    traceId,
    spanId,
    parent: remote(beginning.parent),
    state,
    startMs: wallMs(0),
    endMs: wallMs(end.ms),
    attributes: serverAttributes(trace, end, outcome),
    links: beginning.link === undefined ? [] : [remote(beginning.link)!],
    failed: failureOf(outcome),
  };
  const parent = { traceId, spanId };
  const children = stagesOf(trace, end.ms, arrivedAt, outcome.stages).map(
    ({ name, fromMs, untilMs }): SpanRecord => ({
      name,
      kind: 'internal',
      traceId,
      spanId: sink.spanId(),
      parent,
      state,
      startMs: wallMs(fromMs),
      endMs: wallMs(untilMs),
      attributes: name === 'infer' ? inferAttributes(trace) : {},
      links: name === 'infer' ? trace.batches.map(({ traceId, spanId }) => ({ traceId, spanId })) : [],
      failed: undefined,
    }),
  );
  return [server, ...children];
}

/** `POST /v1/predict`. A path that is no route has no name of its own: there are as many as clients think of. */
const nameOf = ({ method, route }: RequestEnd): string => {
  const verb = method === 'other' ? 'HTTP' : method;
  return route === 'none' ? verb : `${verb} ${route}`;
};

function serverAttributes(trace: Way, end: RequestEnd, outcome: Outcome): SpanAttributes {
  const { status, error, model } = outcome;
  const failed = failureOf(outcome) !== undefined;
  return {
    'http.request.method': end.method === 'other' ? '_OTHER' : end.method,
    'url.path': trace.path.slice(0, MAX_PATH),
    'url.scheme': 'http', // TLS ends in front of the server.
    ...(end.route === 'none' ? {} : { 'http.route': end.route }),
    ...(status === undefined ? {} : { 'http.response.status_code': status }),
    ...(failed ? { 'error.type': error?.code ?? 'CLIENT_GONE' } : {}),
    ...(error === undefined ? {} : { 'ortolan.error.code': error.code }),
    'ortolan.request_id': end.requestId,
    ...(model === undefined ? {} : modelAttributes(model)),
  };
}

/** An answer of 4xx is the client's fault: by the conventions no failure of the server span. */
function failureOf({ status, error }: Outcome): string | undefined {
  if (status === undefined) return 'The client left before it was answered.';
  return status >= 500 ? (error?.message ?? '') : undefined;
}

function inferAttributes({ batches }: Way): SpanAttributes {
  const [first, ...others] = batches;
  if (first === undefined) return {};
  return others.length === 0 ? batchAttributes(first.facts) : { 'ortolan.batches': batches.length };
}

/** `stages`: of an answered request. What failed or was given up has what its last batch tells. */
function stagesOf(
  trace: Way,
  endMs: number,
  arrivedAt: number,
  stages: WorkTimings | undefined,
): readonly Stage[] {
  const { readMs, fetched, queuedMs } = trace;
  const first: Stage[] = [];
  if (readMs !== undefined) first.push({ name: 'read', fromMs: 0, untilMs: readMs });
  if (fetched !== undefined) first.push({ name: 'fetch', ...fetched });
  if (queuedMs === undefined) return first;
  if (stages !== undefined) return [...first, ...inTurn(queuedMs, stages)];

  const batch = trace.batches.at(-1);
  if (batch === undefined) return [...first, { name: 'queue', fromMs: queuedMs, untilMs: endMs }];
  const { work, endedAt, facts } = batch;
  const batchEndMs = endedAt === undefined ? endMs : endedAt - arrivedAt;
  if (work !== undefined) return [...first, ...inTurn(queuedMs, asStages(work, batchEndMs - queuedMs))];
  // It is running still, or its worker died in the middle of it: how far it came, nobody knows.
  const sentMs = facts.at - arrivedAt;
  return [
    ...first,
    { name: 'queue', fromMs: queuedMs, untilMs: sentMs },
    { name: 'infer', fromMs: sentMs, untilMs: batchEndMs },
  ];
}

const asStages = ({ decodeMs, inferMs, postMs }: Work, allMs: number): WorkTimings => ({
  queue: Math.max(0, allMs - decodeMs - inferMs - postMs),
  decode: decodeMs,
  infer: inferMs,
  post: postMs,
});

/** One after the other; a model that takes rows has nothing to decode. */
function inTurn(queuedMs: number, { queue, decode, infer, post }: WorkTimings): Stage[] {
  const placed: Stage[] = [];
  let fromMs = queuedMs;
  for (const [name, ms] of Object.entries({ queue, decode, infer, post })) {
    if (ms > 0) placed.push({ name, fromMs, untilMs: fromMs + ms });
    fromMs += ms;
  }
  return placed;
}

const remote = (context: TraceContext | undefined): SpanReference | undefined =>
  context && { traceId: context.traceId, spanId: context.spanId, state: context.state, remote: true };
