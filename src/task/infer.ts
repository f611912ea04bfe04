/** Rows to rows: the part of the request path for models that declare no image preprocessing. */
import type { EntryOutcome, Payload } from '../batcher/entry.ts';
import { ServingError, toServingError } from '../errors.ts';
import type { Outputs } from '../thread/messages.ts';
import type { LoadedFacts, ModelVersion } from '../serving/model-version.ts';
import { bytesPerRow, elementsPerRow, type TensorSpec } from '../tensor/tensor.ts';
import { encodeJsonTensors, wantsRawRows } from '../protocol/v1/codec/outputs.ts';
import type { InferRequest } from '../protocol/v1/codec/request.ts';
import { decodeJsonTensors, decodeRawRows } from '../protocol/v1/codec/tensors.ts';
import type { Exchange } from '../http/exchange.ts';
import type { PredictStages, ReadBody } from './stages.ts';
import { failureOf, requireQueueable, submit } from './submit.ts';
import { journeyOf, serverTiming } from './timings.ts';

type Done = Extract<EntryOutcome, { kind: 'done' }>;

export async function infer(
  exchange: Exchange,
  model: ModelVersion,
  body: ReadBody,
  stages: PredictStages,
): Promise<void> {
  const facts = model.loaded!;
  const request = decode(body, facts);
  requireQueueable(request.rows, stages);
  requireWritable(request.rows, exchange.head.accept, facts);
  const outcomes = await submit(
    exchange,
    model,
    splitRows(request, facts.inputs, stages.batchCap(model)),
    stages,
  );
  if (exchange.ended) return;
  answer(exchange, model, body, request.rows, outcomes.map(doneOf));
}

function decode({ bytes, kind }: ReadBody, { inputs }: LoadedFacts): InferRequest {
  if (kind === 'json') return decodeJsonTensors(bytes, inputs);
  if (inputs.length > 1) {
    const names = inputs.map(({ name }) => name).join(', ');
    throw new ServingError('BAD_SHAPE', `The model has the inputs ${names}: name them in a JSON body.`);
  }
  return decodeRawRows(bytes, inputs[0]!);
}

/** Numbers of a JSON answer: writing more holds the thread that serves everyone for some 100 ms. */
const MAX_JSON_NUMBERS = 250_000;

/** Told before anything runs. */
function requireWritable(rows: number, accept: string, { outputs }: LoadedFacts): void {
  const numbers = outputs.reduce((sum, spec) => sum + rows * elementsPerRow(spec), 0);
  if (numbers <= MAX_JSON_NUMBERS || wantsRawRows(accept, outputs)) return;
  const way = outputs.length === 1 ? 'ask for it with accept: application/octet-stream, or send' : 'send';
  const message = `The answer would have ${numbers} numbers, too many for JSON: ${way} fewer rows.`;
  throw new ServingError('BAD_SHAPE', message);
}

/** A request of more rows than a batch that pays has becomes several entries; they may run side by side. */
function splitRows({ inputs, rows }: InferRequest, specs: readonly TensorSpec[], cap: number): Payload[] {
  const payloads: Payload[] = [];
  for (let from = 0; from < rows; from += cap) {
    const count = Math.min(cap, rows - from);
    const cut = inputs.map((bytes, index) => {
      const size = bytesPerRow(specs[index]!);
      return bytes.subarray(from * size, (from + count) * size);
    });
    payloads.push({ kind: 'rows', inputs: cut, rows: count });
  }
  return payloads;
}

/** Rows belong together: one part that failed fails the request. */
function doneOf(outcome: EntryOutcome): Done {
  if (outcome.kind === 'done') return outcome;
  throw toServingError(failureOf(outcome));
}

function answer(
  exchange: Exchange,
  model: ModelVersion,
  { readMs }: ReadBody,
  rows: number,
  done: readonly Done[],
): void {
  const { outputs: specs } = model.loaded!;
  const journey = journeyOf(done, readMs, exchange.elapsedMs);
  const outputs = specs.map((_, index) =>
    joined(done.map(({ result }) => (result as Outputs).outputs[index]!)),
  );
  const raw = wantsRawRows(exchange.head.accept, specs);
  const facts = {
    requestId: exchange.head.requestId,
    model: { name: model.name, version: model.version },
    ...journey,
  };
  exchange.answer({
    contentType: raw ? 'application/octet-stream' : 'application/json',
    body: raw ? new Uint8Array(outputs[0]!) : encodeJsonTensors(facts, specs, outputs, rows),
    headers: [serverTiming(journey)],
    prediction: {
      model: model.name,
      version: model.version,
      succeeded: rows,
      failed: 0,
      stages: journey.timings,
      best: [],
    },
  });
}

function joined(parts: readonly ArrayBuffer[]): ArrayBuffer {
  if (parts.length === 1) return parts[0]!;
  const whole = Buffer.concat(parts.map((part) => new Uint8Array(part)));
  return whole.buffer.slice(whole.byteOffset, whole.byteOffset + whole.byteLength);
}
