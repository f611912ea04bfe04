/** Work of models that declare no image preprocessing: rows of tensors to rows of tensors. */
import { ServingError } from '../errors.ts';
import type { ModelVersion } from '../serving/model-version.ts';
import { bytesPerRow, elementsPerRow, type TensorSpec } from '../tensor/tensor.ts';
import type { Outputs } from '../thread/messages.ts';
import type { RowsPayload } from '../thread/payload.ts';
import { requireQueueable } from './predict.ts';
import type { PredictStages } from './stages.ts';
import { failureOf, isDone, type AnswerFacts, type Task, type WorkAnswer } from './task.ts';

export interface TensorsRequest {
  /** Raw little-endian rows, one buffer for each declared input of the model, in order. */
  readonly inputs: readonly Uint8Array[];
  readonly rows: number;
}

/** All outputs of a request: raw little-endian rows, one buffer for each declared output, in order. */
export interface TensorsResult {
  readonly specs: readonly TensorSpec[];
  readonly outputs: readonly ArrayBuffer[];
  readonly rows: number;
}

/** The encoding of requests and answers in a protocol. */
export interface TensorsCodec {
  /** @throws ServingError when the body is invalid */
  decode(body: Buffer, inputs: readonly TensorSpec[]): TensorsRequest;
  /** Whether the answer is JSON, which is written on the main thread. */
  writesJson(outputs: readonly TensorSpec[]): boolean;
  encode(result: TensorsResult, facts: AnswerFacts): Pick<WorkAnswer, 'contentType' | 'body'>;
}

/** Maximum numbers in a JSON answer: writing more blocks the main thread for about 100 ms. */
const MAX_JSON_NUMBERS = 250_000;

export function tensorsTask(codec: TensorsCodec, version: ModelVersion, stages: PredictStages): Task {
  const { inputs, outputs } = version.signature!;
  return {
    decode(body) {
      const request = codec.decode(body, inputs);
      const { rows } = request;
      requireQueueable(rows, stages.maxQueueRows);
      if (codec.writesJson(outputs)) requireWritable(rows, outputs);
      return {
        payloads: splitRows(request, inputs, version.costs?.cap ?? 1),
        variant: codec.writesJson(outputs) ? 'json' : 'raw',
        // The rows of a request belong together: one failed part fails the request.
        failure(outcomes) {
          const failed = outcomes.find((outcome) => !isDone(outcome));
          return failed && failureOf(failed);
        },
        answer(outcomes, facts) {
          const done = outcomes.filter(isDone);
          const joined = outputs.map((_, index) =>
            join(done.map(({ result }) => (result as Outputs).outputs[index]!)),
          );
          const answer = codec.encode({ specs: outputs, outputs: joined, rows }, facts);
          return { ...answer, succeeded: rows, failed: 0, best: [] };
        },
      };
    },
  };
}

/** Refuses answers that are too large for JSON before anything is run. @throws ServingError BAD_SHAPE */
function requireWritable(rows: number, outputs: readonly TensorSpec[]): void {
  const numbers = outputs.reduce((sum, spec) => sum + rows * elementsPerRow(spec), 0);
  if (numbers <= MAX_JSON_NUMBERS) return;
  const remedy = outputs.length === 1 ? 'ask for it with accept: application/octet-stream, or send' : 'send';
  const message = `The answer would have ${numbers} numbers, too many for JSON: ${remedy} fewer rows.`;
  throw new ServingError('BAD_SHAPE', message);
}

/** Splits a request with more rows than the largest batch that pays into several entries, which may run in parallel. */
function splitRows(
  { inputs, rows }: TensorsRequest,
  specs: readonly TensorSpec[],
  cap: number,
): RowsPayload[] {
  const payloads: RowsPayload[] = [];
  for (let from = 0; from < rows; from += cap) {
    const count = Math.min(cap, rows - from);
    const cut = inputs.map((bytes, index) => {
      const size = bytesPerRow(specs[index]!);
      return bytes.subarray(from * size, (from + count) * size);
    });
    payloads.push({ kind: 'rows', rows: count, inputs: cut });
  }
  return payloads;
}

function join(parts: readonly ArrayBuffer[]): ArrayBuffer {
  if (parts.length === 1) return parts[0]!;
  const whole = Buffer.concat(parts.map((part) => new Uint8Array(part)));
  return whole.buffer.slice(whole.byteOffset, whole.byteOffset + whole.byteLength);
}
