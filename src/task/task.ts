/**
 * The steps of one request that depend on the kind of work (images, tensors), in the order in which predict.ts runs them.
 * A protocol provides the Plan, the kind of work provides the rest.
 */
import type { Permit } from '../admission/budget.ts';
import type { EntryOutcome, Priority } from '../batcher/entry.ts';
import type { Failure } from '../errors.ts';
import type { Answer } from '../http/answer/answer.ts';
import type { Defaulted } from '../features/found.ts';
import type { PredictionFacts } from '../telemetry/log/request-line.ts';
import type { ImagePayload, Payload } from '../thread/payload.ts';
import type { Explanation } from './explanations.ts';
import type { Done, Journey } from './journey.ts';

/** What is known from the head of a request. */
export interface Plan {
  /** The deadline that the client set, in milliseconds from arrival. */
  readonly timeoutMs: number | undefined;
  /** Maximum bytes of its body. */
  readonly maxBytes: number;
  /** How often the bytes of the body are in memory while it is decoded: as itself, and as what is made of it. */
  readonly copies: number;
  /** Called once the version is ready. @throws ServingError BAD_QUERY */
  open(): Task;
}

export interface Task {
  /** Decodes a body into work. `permit` grows by the bytes that are fetched. @throws ServingError */
  decode(body: Buffer, permit: Permit): Promise<Work> | Work;
}

/** The payloads of a request, and the encoding of their outcomes as an answer. */
export interface Work {
  readonly payloads: readonly Payload[];
  /** Where in the request each payload was; undefined: in order, none missing. */
  readonly places?: readonly number[] | undefined;
  /** What of the request shapes the answer beside the payloads; undefined when that is not known. */
  readonly variant?: string | undefined;
  /** A deadline that the body sets, in milliseconds from arrival. */
  readonly timeoutMs?: number | undefined;
  /** Its order in the queue; normal where it is left out. */
  readonly priority?: Priority | undefined;
  /** The one image whose answer is to be explained. */
  readonly explains?: ImagePayload | undefined;
  /** When images were fetched by URL, or features got, in milliseconds since arrival; undefined when none were. */
  readonly fetched?: { readonly fromMs: number; readonly untilMs: number };
  /** The failure of the request as a whole, if it failed. `outcomes`: one for each payload, in order. */
  failure(outcomes: readonly EntryOutcome[]): Failure | undefined;
  /** `why`: where it was asked for. A promise where it is much to encode. @throws ServingError */
  answer(
    outcomes: readonly EntryOutcome[],
    facts: AnswerFacts,
    why?: Explanation,
  ): WorkAnswer | Promise<WorkAnswer>;
}

/** What every answer reports besides its results. */
export interface AnswerFacts extends Journey {
  readonly requestId: string;
  /** `route`: why that version. */
  readonly model: { readonly name: string; readonly version: string; readonly route?: string | undefined };
  /** Features that have got defaults; undefined where the request gave every input itself. */
  readonly defaulted?: readonly Defaulted[] | undefined;
}

export interface WorkAnswer
  extends
    Pick<Answer, 'contentType' | 'body' | 'headers'>,
    Pick<PredictionFacts, 'succeeded' | 'failed' | 'best' | 'suspect'> {}

export const isDone = (outcome: EntryOutcome): outcome is Done => outcome.kind === 'done';

/** The failure of an entry without a result. A dropped entry belongs to a request that has ended. */
export function failureOf(outcome: Exclude<EntryOutcome, Done>): Failure {
  return outcome.kind === 'failed'
    ? outcome.failure
    : { code: 'DEADLINE_EXCEEDED', detail: 'The request has ended.' };
}
