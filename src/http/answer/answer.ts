/** An answer as a handler gives it. */
import type { PredictionFacts } from '../../telemetry/log/request-line.ts';
import type { AnswerCoding } from './compress.ts';

export interface Answer {
  readonly status?: number;
  readonly contentType: string;
  readonly body: string | Uint8Array;
  readonly headers?: readonly (readonly [string, string])[];
  readonly prediction?: PredictionFacts;
}

/** The same answer with its body in a coding. */
export const compressedAnswer = (answer: Answer, body: Buffer, coding: AnswerCoding): Answer => ({
  ...answer,
  body,
  headers: [...(answer.headers ?? []), ['content-encoding', coding], ['vary', 'Accept-Encoding']],
});
