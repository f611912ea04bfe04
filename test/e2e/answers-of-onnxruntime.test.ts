/** Models of every tensor type and shape, without a model.json: each gives what onnxruntime gives, or says why it cannot. */
import t from 'tap';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { inferBinary, type Inferred } from '../support/infer-binary.ts';
import { oddModels, oddRepository, type OddRun } from '../support/odd-models.ts';
import { startServer } from '../support/start-server.ts';

/** What cannot be served, and what the server says of it. */
const UNSERVED: Readonly<Record<string, RegExp>> = {
  'identity-bfloat16': /BFLOAT16/,
  'identity-float8': /FLOAT8E4M3FN/,
  'identity-int4': /Identity/,
  'identity-complex64': /COMPLEX64/,
  'zip-map': /probability is a sequence or a map/,
  'sequence-output': /parts is a sequence or a map/,
  'sequence-input': /parts is a sequence/,
  'optional-input': /maybe is .* an optional value/,
  'opset-too-new': /opset 99 of ai\.onnx/,
  'ir-too-new': /IR version 99/,
  'unknown-operator': /no operator Sing/,
  'unknown-domain': /domain my\.own/,
};
/** The protocol has no request without inputs. */
const UNASKED = 'no-inputs';
const served = oddModels.filter(({ name }) => UNSERVED[name] === undefined && name !== UNASKED);
/** May be the fault of the server, which lacks memory: workers/batch/run-failure.ts. */
const LACK_OF_MEMORY = /Failed to allocate/;
/** Clients at the same time. */
const CLIENTS = 8;
/** Of the largest number of an output: batches of other sizes, and other processors, round differently. */
const ROUNDING = 1e-5;

const isAnswered = (run: OddRun): boolean => run.outputs !== undefined;
const floatsOf = (data: Uint8Array): Float32Array => new Float32Array(new Uint8Array(data).buffer);
/** The end of a message of onnxruntime, behind the place in its sources. */
const lastSentence = (message: string): string =>
  message.split(' was false. ').at(-1)!.split('Status Message: ').at(-1)!;

const { port } = await startServer(t, {
  models: oddRepository(t, oddModels),
  options: { defaultModel: 'identity-float32', workers: 2 },
});
const models = await settledModels();

t.test('each model gives the answers of onnxruntime, without a configuration', async (t) => {
  for (const { name, about, runs } of served) {
    for (const run of runs.filter(isAnswered)) {
      const answer = await inferBinary(port, name, run.inputs);
      t.equal(faultOf(answer, run), undefined, `${name}: ${about}`);
    }
  }
});

t.test('each client gets the same answer while others ask the same model', async (t) => {
  for (const { name, runs } of served) {
    const asked = runs.filter(isAnswered);
    const crowd = Array.from({ length: CLIENTS }, (_, client) => asked[client % asked.length]).filter(
      (run) => run !== undefined,
    );
    const answers = await Promise.all(crowd.map(({ inputs }) => inferBinary(port, name, inputs)));
    t.same(answers.map((answer, client) => faultOf(answer, crowd[client]!)).filter(Boolean), [], name);
  }
});

t.test(
  'a run that fails for its input is the error of the client, with the sentence of onnxruntime',
  async (t) => {
    for (const { name, runs } of served) {
      for (const { inputs, error } of runs) {
        if (error === undefined || LACK_OF_MEMORY.test(error)) continue;
        const answer = await inferBinary(port, name, inputs);
        t.match(answer, { status: 400, error: { error: lastSentence(error), code: 'RUN_FAILED' } }, name);
      }
    }
  },
);

t.test('a model that cannot be served is unavailable and says why', (t) => {
  for (const { name, state, reason } of models) {
    const why = UNSERVED[name];
    t.match(
      { state, reason },
      why === undefined ? { state: 'ready' } : { state: 'unavailable', reason: why },
      name,
    );
  }
  t.end();
});

interface ModelState {
  readonly name: string;
  readonly state: string;
  readonly reason?: string;
}

/** Resolves when each model is ready or unavailable. */
async function settledModels(): Promise<readonly ModelState[]> {
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/health`);
    const { models } = (await answer.json()) as { readonly models: readonly ModelState[] };
    if (models.every(({ state }) => state === 'ready' || state === 'unavailable')) return models;
  }
}

/** What is different, undefined when nothing is. */
function faultOf({ status, outputs, error }: Inferred, run: OddRun): string | undefined {
  if (status !== 200) return JSON.stringify(error);
  const described = (tensors: readonly Tensor[]): string =>
    tensors.map(({ name, datatype, shape }) => `${name} ${datatype}[${shape.join()}]`).join(', ');
  if (described(outputs) !== described(run.outputs!)) return described(outputs);
  return outputs.find((output, index) => !isEqual(output, run.outputs![index]!))?.name;
}

function isEqual({ datatype, data }: Tensor, expected: Tensor): boolean {
  if (Buffer.compare(data, expected.data) === 0) return true;
  if (datatype !== 'FP32' || data.length !== expected.data.length) return false;
  const [found, right] = [floatsOf(data), floatsOf(expected.data)];
  const largest = right.reduce(
    (max, value) => (Number.isFinite(value) ? Math.max(max, Math.abs(value)) : max),
    0,
  );
  return right.every(
    (value, index) => Object.is(value, found[index]) || Math.abs(value - found[index]!) <= ROUNDING * largest,
  );
}
