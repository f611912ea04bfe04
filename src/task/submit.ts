/** From work to outcomes: the second admission, the batcher, and what an outcome means to a client. */
import type { EntryOutcome, Payload } from '../batcher/entry.ts';
import { ServingError, type Failure } from '../errors.ts';
import type { ModelVersion } from '../serving/model-version.ts';
import type { Exchange } from '../http/exchange.ts';
import type { PredictStages } from './stages.ts';

/**
 * Queues the work of a request, and takes it back if the request ends before its answer is there.
 * @throws ServingError QUEUE_FULL, OVERLOADED, or BODY_TOO_LARGE for more rows than the queue ever holds
 */
export function submit(
  exchange: Exchange,
  model: ModelVersion,
  payloads: readonly Payload[],
  stages: PredictStages,
): Promise<readonly EntryOutcome[]> {
  const rows = payloads.reduce((sum, payload) => sum + (payload.kind === 'image' ? 1 : payload.rows), 0);
  requireQueueable(rows, stages);
  stages.admission.admitWork(model, payloads, exchange.timeLeftMs);
  const { trace } = exchange;
  if (trace !== undefined) trace.queuedMs = exchange.elapsedMs;
  const submission = stages.submit(model, payloads, exchange.deadlineAt, trace);
  exchange.onEnd((ending) => submission.giveUp(ending === 'expired' ? 'expired' : 'abandoned'));
  return submission.outcomes;
}

/**
 * More rows than the queue ever holds would never fit: with QUEUE_FULL the client would try for ever.
 * @throws ServingError BODY_TOO_LARGE
 */
export function requireQueueable(rows: number, { maxQueueRows }: PredictStages): void {
  if (rows <= maxQueueRows) return;
  const message = `The request has ${rows} rows; this server queues ${maxQueueRows} at most.`;
  throw new ServingError('BODY_TOO_LARGE', message);
}

/** Why there is no answer. A dropped entry has none to tell: its exchange has ended. */
export function failureOf(outcome: Exclude<EntryOutcome, { kind: 'done' }>): Failure {
  return outcome.kind === 'failed'
    ? outcome.failure
    : { code: 'DEADLINE_EXCEEDED', detail: 'Nobody waits for this answer any more.' };
}
