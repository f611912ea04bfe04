/** Work on tensors: those of a request to those of an answer. Requests are joined where the rows of the model are independent. */
import type { EntryOutcome } from '../batcher/entry.ts';
import { ServingError, type Failure } from '../errors.ts';
import type { Entities } from '../features/entities.ts';
import type { Defaulted } from '../features/found.ts';
import type { Exchange } from '../http/exchange.ts';
import type { ModelVersion, Signature } from '../serving/model-version.ts';
import { fitted, type GivenTensor } from '../tensor/fit.ts';
import { bytesPerRow, rowOf, type Tensor, type TensorSpec } from '../tensor/tensor.ts';
import { elementsOfBytes, bytesOfElements } from '../tensor/strings.ts';
import { elementsOf } from '../tensor/tensor.ts';
import type { Output, Outputs } from '../thread/messages.ts';
import type { TensorsPayload } from '../thread/payload.ts';
import { requireQueueable } from './predict.ts';
import { whenThere } from '../slices.ts';
import type { PredictStages } from './stages.ts';
import { failureOf, isDone, type AnswerFacts, type Task, type Work, type WorkAnswer } from './task.ts';

export interface TensorsRequest {
  /** In any order. */
  readonly inputs: readonly GivenTensor[];
  /** What the other inputs are filled for; undefined where the request has them all. */
  readonly entities?: Entities | undefined;
}

export type EncodedOutputs = Pick<WorkAnswer, 'contentType' | 'body' | 'headers'>;

export interface TensorsResult {
  /** In the order of the signature. */
  readonly outputs: readonly Tensor[];
}

/** The encoding of requests and answers in a protocol. */
export interface TensorsCodec {
  /** What tells this form of the answer from others of the same result: `json`, `raw`. */
  readonly variant?: string | undefined;
  /** @throws ServingError when the body is invalid */
  decode(body: Buffer, signature: Signature): TensorsRequest;
  /** Refuses, before anything is run, an answer that could not be encoded. @throws ServingError */
  requireEncodable?(rows: number, signature: Signature): void;
  /** A promise where it is much to encode. @throws ServingError when the result cannot be encoded */
  encode(result: TensorsResult, facts: AnswerFacts): EncodedOutputs | Promise<EncodedOutputs>;
}

/** `exchange`: tells the time; needed only where a codec gives entities. */
export function tensorsTask(
  codec: TensorsCodec,
  version: ModelVersion,
  stages: PredictStages,
  exchange?: Pick<Exchange, 'elapsedMs'>,
): Task {
  const signature = version.signature!;
  return {
    decode(body) {
      const { inputs, entities } = codec.decode(body, signature);
      if (entities === undefined) return tensorsWork(inputs, codec, version, stages);
      // Before the store is asked.
      requireQueueable(entities.rows.length, stages.maxQueueRows);
      const fromMs = exchange!.elapsedMs;
      return stages.fillFeatures!(version, entities).then(({ inputs: filled, defaulted }) => ({
        ...tensorsWork([...inputs, ...filled], codec, version, stages, defaulted),
        fetched: { fromMs, untilMs: exchange!.elapsedMs },
      }));
    },
  };
}

function tensorsWork(
  given: readonly GivenTensor[],
  codec: TensorsCodec,
  version: ModelVersion,
  stages: PredictStages,
  defaulted?: readonly Defaulted[],
): Work {
  const signature = version.signature!;
  const inputs = fitted(given, signature.inputs);
  const { joins } = signature;
  const rows = joins.rows ? rowsOfInputs(inputs) : 1;
  requireQueueable(rows, stages.maxQueueRows);
  codec.requireEncodable?.(rows, signature);
  const { variant } = codec;
  return {
    payloads: joins.rows ? splitRows(inputs, rows, signature, version.costs?.cap ?? 1) : [whole(inputs)],
    variant: defaulted === undefined || variant === undefined ? variant : variant + JSON.stringify(defaulted),
    failure: firstFailure,
    answer: (outcomes, facts) => {
      const encoded = codec.encode({ outputs: joined(outcomes, signature) }, { ...facts, defaulted });
      return whenThere(encoded, (answer) => {
        const headers = [...(answer.headers ?? []), ...defaultedHeaders(defaulted)];
        return { ...answer, headers, succeeded: rows, failed: 0, best: [] };
      });
    },
  };
}

/** Of an answer in which defaults have a part: also one of raw elements says so. */
function defaultedHeaders(defaulted: readonly Defaulted[] = []): [string, string][] {
  const names = [...new Set(defaulted.map(({ feature }) => feature))];
  return names.length === 0 ? [] : [['x-defaulted-features', names.slice(0, MAX_NAMED).join(', ')]];
}

/** Features that the header names: it stays short, and the answer in JSON has all. */
const MAX_NAMED = 20;

/** The rows of a request belong together: one failed part fails the request. */
export function firstFailure(outcomes: readonly EntryOutcome[]): Failure | undefined {
  const failed = outcomes.find((outcome) => !isDone(outcome));
  return failed && failureOf(failed);
}

/** The outputs of all parts of a request, row after row, in the order of the signature. */
export function joined(outcomes: readonly EntryOutcome[], signature: Signature): readonly Tensor[] {
  const parts = outcomes.filter(isDone).map(({ result }) => (result as Outputs).outputs);
  return signature.outputs.map(({ name, datatype }, index): Tensor => {
    const { shape, data } = join(parts.map((part) => part[index]!));
    return { name, datatype, shape, data };
  });
}

/** The length of the first axis of all inputs. @throws ServingError BAD_SHAPE when they differ, EMPTY_BODY when it is 0 */
function rowsOfInputs(inputs: readonly GivenTensor[]): number {
  const [first] = inputs;
  const rows = first!.shape[0]!;
  const other = inputs.find(({ shape }) => shape[0] !== rows);
  const pointer = other?.pointer ?? first!.pointer;
  const place = pointer === undefined ? {} : { pointer };
  if (other !== undefined) {
    const message = `The input ${other.name} has ${other.shape[0]} rows, and ${first!.name} ${rows}.`;
    throw new ServingError('BAD_SHAPE', message, place);
  }
  if (rows === 0) throw new ServingError('EMPTY_BODY', 'There are no rows.', place);
  return rows;
}

const whole = (inputs: readonly Tensor[]): TensorsPayload => ({ kind: 'tensors', rows: 1, inputs });

/** Splits a request with more rows than the largest batch that pays into several entries, which may run in parallel. */
function splitRows(
  inputs: readonly Tensor[],
  rows: number,
  { inputs: specs }: Signature,
  cap: number,
): TensorsPayload[] {
  const open = specs.some(({ shape }) => shape.slice(1).some((length) => length < 0));
  const rowShapes = open ? inputs.map(({ shape }) => shape.slice(1).join()).join(';') : undefined;
  if (rows <= cap) return [{ kind: 'tensors', rows, rowShapes, inputs }];
  const cuts = inputs.map(cutter);
  const payloads: TensorsPayload[] = [];
  for (let from = 0; from < rows; from += cap) {
    const count = Math.min(cap, rows - from);
    const cut = inputs.map(({ shape }, index) => ({
      shape: [count, ...shape.slice(1)],
      data: cuts[index]!(from, from + count),
    }));
    payloads.push({ kind: 'tensors', rows: count, rowShapes, inputs: cut });
  }
  return payloads;
}

/** Returns the bytes of some rows of a tensor. */
function cutter({ datatype, shape, data, name }: Tensor): (from: number, end: number) => Uint8Array {
  const row: TensorSpec = rowOf({ name, datatype, shape });
  if (datatype !== 'BYTES') {
    const bytes = bytesPerRow(row);
    return (from, end) => data.subarray(from * bytes, end * bytes);
  }
  const elements = elementsOfBytes(data);
  const step = elementsOf(row.shape);
  return (from, end) => bytesOfElements(elements.slice(from * step, end * step));
}

function join(parts: readonly Output[]): Output {
  if (parts.length === 1) return parts[0]!;
  const [, ...rest] = parts[0]!.shape;
  const rows = parts.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0);
  return { shape: [rows, ...rest], data: new Uint8Array(Buffer.concat(parts.map(({ data }) => data))) };
}
