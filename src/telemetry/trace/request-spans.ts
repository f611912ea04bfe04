/**
 * The spans of one request, made when it has ended: the server span, by the semantic conventions of OpenTelemetry for
 * HTTP, and its stages one after the other. Pure but for the ids.
 *
 * Reading begins with the request. From the time that the work was queued, waiting, decoding, run and postprocessing
 * follow without a gap, because the batcher counts all that is not work as waiting. All stages are inside the server span.
 */
import type { StageTimings } from '../metrics/model-series.ts';
import type { RequestEnd } from '../log/request-line.ts';
import { batchAttributes, modelAttributes, type BatchTrace, type BatchTimings } from './batch-trace.ts';
import type { TraceContext } from './context.ts';
import type { TraceOrigin } from './sampler.ts';
import type { SpanAttributes, SpanRecord, SpanReference, SpanSink } from './span.ts';

/** What a sampled request has recorded by its end. */
export interface RequestRecord {
  readonly traceId: string;
  /** Of the server span, which is the parent of all others. */
  readonly spanId: string;
  readonly origin: TraceOrigin;
  /** Without query. */
  readonly path: string;
  /** Batches that its entries were part of: several when it was split or a worker died. */
  readonly batches: readonly BatchTrace[];
  /** Milliseconds since arrival at which its body was read, its images were fetched, and its work was queued. */
  readonly readMs: number | undefined;
  readonly fetched: { readonly fromMs: number; readonly untilMs: number } | undefined;
  readonly queuedMs: number | undefined;
}

/** How the request ended. */
export interface RequestOutcome {
  /** Undefined when the client had left. */
  readonly status: number | undefined;
  readonly error?: { readonly code: string; readonly message: string };
  readonly model: { readonly model: string; readonly version: string } | undefined;
  /** Of a prediction that was answered, in milliseconds. */
  readonly stages?: WorkTimings | undefined;
}

/** Without `read`, which the request measures itself. */
type WorkTimings = Omit<StageTimings, 'read'>;

/** A stage, in milliseconds since arrival. */
interface Stage {
  readonly name: string;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** A client may send a path of 4 KiB. */
const MAX_PATH = 512;

export function requestSpans(
  trace: RequestRecord,
  end: RequestEnd,
  arrivedAt: number,
  outcome: RequestOutcome,
  sink: SpanSink,
): SpanRecord[] {
  const { traceId, spanId, origin } = trace;
  const state = origin.parent?.state;
  const wallMs = (ms: number): number => sink.wallMs(arrivedAt + Math.min(ms, end.ms));
  const server: SpanRecord = {
    name: nameOf(end),
    kind: 'server',
    traceId,
    spanId,
    parent: remote(origin.parent),
    state,
    startMs: wallMs(0),
    endMs: wallMs(end.ms),
    attributes: serverAttributes(trace, end, outcome),
    links: origin.link === undefined ? [] : [remote(origin.link)!],
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

/** `POST /v1/predict`; the method alone where there is no route, because clients can make up any number of paths. */
const nameOf = ({ method, route }: RequestEnd): string => {
  const verb = method === 'other' ? 'HTTP' : method;
  return route === 'none' ? verb : `${verb} ${route}`;
};

function serverAttributes(trace: RequestRecord, end: RequestEnd, outcome: RequestOutcome): SpanAttributes {
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

/** By the conventions a server span does not fail with 4xx. */
function failureOf({ status, error }: RequestOutcome): string | undefined {
  if (status === undefined) return 'The client left before it was answered.';
  return status >= 500 ? (error?.message ?? '') : undefined;
}

function inferAttributes({ batches }: RequestRecord): SpanAttributes {
  const [first, ...others] = batches;
  if (first === undefined) return {};
  return others.length === 0 ? batchAttributes(first.facts) : { 'ortolan.batches': batches.length };
}

/** `stages`: of an answered request. For others the stages come from the last batch. */
function stagesOf(
  trace: RequestRecord,
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
  const { timings, endedAt, facts } = batch;
  const batchEndMs = endedAt === undefined ? endMs : endedAt - arrivedAt;
  if (timings !== undefined) return [...first, ...inTurn(queuedMs, asStages(timings, batchEndMs - queuedMs))];
  // It still runs, or its worker died: its own timings are not known.
  const sentMs = Math.max(queuedMs, facts.at - arrivedAt);
  return [
    ...first,
    { name: 'queue', fromMs: queuedMs, untilMs: sentMs },
    { name: 'infer', fromMs: sentMs, untilMs: Math.max(sentMs, batchEndMs) },
  ];
}

const asStages = ({ decodeMs, inferMs, postMs }: BatchTimings, allMs: number): WorkTimings => ({
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
