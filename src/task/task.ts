/**
 * What a kind of work (images, tensors) does with one request, in the order in which predict.ts asks for it. A protocol
 * supplies a Plan; the kinds supply the rest.
 */
import type { Permit } from '../admission/budget.ts';
import type { EntryOutcome } from '../batcher/entry.ts';
import type { Failure } from '../errors.ts';
import type { Answer } from '../http/exchange.ts';
import type { PredictionFacts } from '../telemetry/log/request-line.ts';
import type { Payload } from '../thread/payload.ts';
import type { Journey } from './journey.ts';

/** What the headers of a request decide. */
export interface Plan {
  /** The deadline that its query sets, in milliseconds from arrival. */
  readonly timeoutMs: number | undefined;
  /** Bytes that its body may have. */
  readonly maxBytes: number;
  /** Called when the version is known to be ready. @throws ServingError BAD_QUERY */
  open(): Task;
}

export interface Task {
  /** From the bytes of a body to work. `permit` grows with what the body leads to beyond its own bytes. */
  decode(body: Buffer, permit: Permit): Promise<Work> | Work;
}

/** What a request asks for, ready to be queued, and how its outcomes become an answer. */
export interface Work {
  readonly payloads: readonly Payload[];
  /** When images were fetched by URL, in milliseconds since arrival. */
  readonly fetched?: { readonly fromMs: number; readonly untilMs: number };
  /** Why the request as a whole fails, if it does. `outcomes`: one for each payload, in order. */
  failure(outcomes: readonly EntryOutcome[]): Failure | undefined;
  answer(outcomes: readonly EntryOutcome[], facts: AnswerFacts): WorkAnswer;
}

/** What every answer says beside its results. */
export interface AnswerFacts extends Journey {
  readonly requestId: string;
  readonly model: { readonly name: string; readonly version: string };
}

export interface WorkAnswer
  extends Pick<Answer, 'contentType' | 'body'>, Pick<PredictionFacts, 'succeeded' | 'failed' | 'best'> {}

export type Done = Extract<EntryOutcome, { kind: 'done' }>;

export const isDone = (outcome: EntryOutcome): outcome is Done => outcome.kind === 'done';

/** Why an entry has no result. A dropped entry belongs to a request that has ended. */
export function failureOf(outcome: Exclude<EntryOutcome, Done>): Failure {
  return outcome.kind === 'failed'
    ? outcome.failure
    : { code: 'DEADLINE_EXCEEDED', detail: 'The request has ended.' };
}
