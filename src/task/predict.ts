/**
 * The prediction pipeline, from the headers to the answer, for every protocol and every kind of work. Each step may
 * refuse; everything that the request holds is released when its exchange ends.
 */
import type { EntryOutcome } from '../batcher/entry.ts';
import type { Submission } from '../batcher/submission.ts';
import { cacheHeaders, notModified } from '../cache/headers.ts';
import type { CacheVisit } from '../cache/visit.ts';
import { ServingError, toServingError } from '../errors.ts';
import { readBody, refuseTooLarge } from '../http/body/body.ts';
import { codingOf, inflate } from '../http/body/inflate.ts';
import type { Exchange } from '../http/exchange.ts';
import type { Lease } from '../serving/lease.ts';
import type { ModelVersion } from '../serving/model-version.ts';
import { rowsOf, type ImagePayload, type Payload } from '../thread/payload.ts';
import type { Followed } from '../traffic/traffic.ts';
import { journeyOf, serverTiming } from './journey.ts';
import type { Explanation } from './explanations.ts';
import type { PredictStages } from './stages.ts';
import { isDone, type Plan, type Work } from './task.ts';

/** Reads the head of a request in a protocol. @throws ServingError UNSUPPORTED_MEDIA_TYPE or BAD_QUERY */
export type MakePlan = (version: ModelVersion) => Plan;

export async function predict(exchange: Exchange, makePlan: MakePlan, stages: PredictStages): Promise<void> {
  const { version, follower, lease } = route(exchange, stages);
  const plan = makePlan(version);
  const coding = codingOf(exchange.head.contentEncoding);
  exchange.startDeadline(plan.timeoutMs);

  // Admission at the headers, before a byte of the body is read.
  refuseTooLarge(exchange, plan.maxBytes);
  const { cache } = stages;
  // A client that has said how long it waits, waits for the load too.
  const waits = stages.wanted(version) && exchange.deadlineAt !== undefined;
  const permit = stages.admission.admitBody(version, exchange.head.contentLength ?? 0, exchange.timeLeftMs, {
    mayBeFree: cache?.mayAnswer(exchange.head) === true,
    waits,
    copies: plan.copies + (coding === undefined ? 0 : 1), // Its pieces are garbage for a while.
  });
  if (permit instanceof ServingError) return exchange.fail(permit);
  exchange.onEnd(() => permit.release());
  const loaded = waits ? lease.untilSettled() : undefined;
  let task = waits ? undefined : plan.open();

  const { trace } = exchange;
  const limits = { maxBytes: plan.maxBytes, permit, buffers: stages.buffers };
  const sent = await readBody(exchange, limits);
  const body = coding === undefined ? sent : await inflate(exchange, sent, coding, limits);
  const readMs = exchange.elapsedMs;
  if (trace !== undefined) trace.readMs = readMs;
  if (loaded !== undefined) {
    await loaded;
    if (exchange.ended) return;
    stages.admission.admitLoaded(version);
  }
  task ??= plan.open();
  const work = await task.decode(body, permit);
  if (trace !== undefined) trace.fetched = work.fetched;
  if (work.timeoutMs !== undefined) exchange.startDeadline(work.timeoutMs);
  const explainRows = work.explains === undefined ? 0 : (stages.explanations?.rows ?? 0);
  const charged = stages.chargeRows?.(exchange, rowsOf(work.payloads) + explainRows);
  if (charged !== undefined) await charged;
  if (exchange.ended) return; // No client is waiting.

  const visit = cache?.open(version, work, exchange.head);
  if (visit?.unchanged === true) return exchange.answer(notModified(visit));
  const outcomes = work.payloads.length === 0 ? [] : await submitted(exchange, version, work, stages, visit);
  if (exchange.ended) return;
  const failure = work.failure(outcomes);
  if (failure !== undefined) throw toServingError(failure);
  const journey = journeyOf(outcomes.filter(isDone), readMs, exchange.elapsedMs);
  const why =
    work.explains === undefined
      ? undefined
      : await explained(exchange, version, work.explains, outcomes, stages);
  if (exchange.ended) return;
  const { name } = version;
  const model = { name, version: version.version, route: exchange.model?.route };
  const facts = { requestId: exchange.head.requestId, model, ...journey };
  const encoded = work.answer(outcomes, facts, why);
  const answer = encoded instanceof Promise ? await encoded : encoded;
  if (exchange.ended) return;
  const { contentType, body: text, headers = [], ...counts } = answer;
  const use = visit?.use;
  // What the cache had, the version has not run.
  if ((use?.reusedRows ?? 0) === 0) follower?.ran(work.payloads, outcomes);
  exchange.answer({
    contentType,
    body: text,
    headers: [serverTiming(journey), ...headers, ...cacheHeaders(visit, counts.failed)],
    prediction: {
      ...version.labels,
      route: model.route,
      ...counts,
      cache: use,
      stages: journey.timings,
      explainedMs: why?.ms,
    },
  });
  // Nothing else has run since: the memory of the body is still what was sent.
  stages.answered?.({
    requestId: exchange.head.requestId,
    identity: exchange.identity,
    version,
    route: model.route,
    cached: (use?.reusedRows ?? 0) > 0,
    payloads: work.payloads,
    places: work.places,
    outcomes,
    totalMs: journey.timings.total,
  });
}

/** Traffic: chooses the version; the request leases it until its exchange ends. @throws ServingError MODEL_NOT_FOUND */
function route(exchange: Exchange, stages: PredictStages): Followed & { readonly lease: Lease } {
  const [name, wanted] = exchange.head.parameters;
  const followed = stages.route(name, wanted, exchange.head.kept);
  const { version, reason, follower } = followed;
  const lease = version.hold();
  // The first callback: a shadow copies what was sent before the memory of the body is used again.
  exchange.onEnd((ending, error) => {
    follower?.ended(ending === 'answered' ? ending : (error?.code ?? 'left'));
    lease.end();
  });
  exchange.model = { ...version.labels, route: reason };
  return { ...followed, lease };
}

/**
 * Admits the work and queues it, without what the cache has or is about to have. It is given up if the exchange ends
 * before it is settled.
 */
async function submitted(
  exchange: Exchange,
  version: ModelVersion,
  { payloads, priority }: Work,
  stages: PredictStages,
  visit: CacheVisit | undefined,
): Promise<readonly EntryOutcome[]> {
  const { trace } = exchange;
  const queue = (some: readonly Payload[]): Submission => {
    requireQueueable(rowsOf(some), stages.maxQueueRows);
    stages.admission.admitWork(version, some, exchange.timeLeftMs, priority);
    if (trace !== undefined) trace.queuedMs ??= exchange.elapsedMs;
    return version.submit(some, exchange.deadlineAt, trace, priority);
  };
  const submission = visit === undefined ? queue(payloads) : visit.submit(queue);
  if (trace !== undefined) trace.queuedMs ??= exchange.elapsedMs; // It may wait for the run of another request.
  exchange.onEnd((ending) => submission.giveUp(ending === 'expired' ? 'expired' : 'abandoned'));
  return submission.outcomes;
}

/** Why the image was answered as it was. Undefined when nobody waits any more. @throws ServingError as the stage does */
async function explained(
  exchange: Exchange,
  version: ModelVersion,
  payload: ImagePayload,
  [outcome]: readonly EntryOutcome[],
  { explanations }: PredictStages,
): Promise<Explanation | undefined> {
  if (outcome?.kind !== 'done' || outcome.result.kind !== 'classes') return undefined;
  return explanations?.explain(exchange, version, payload, outcome.result);
}

/**
 * Refuses more rows than the queue can ever hold; with QUEUE_FULL the client would retry forever.
 * @throws ServingError BODY_TOO_LARGE
 */
export function requireQueueable(rows: number, maxQueueRows: number): void {
  if (rows <= maxQueueRows) return;
  const message = `The request has ${rows} rows; this server queues ${maxQueueRows} at most.`;
  throw new ServingError('BODY_TOO_LARGE', message);
}
