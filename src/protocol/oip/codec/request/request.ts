/** The body of an inference request: bytes to tensors, and to what the answer is to hold. Pure. */
import type { GivenTensor } from '../../../../tensor/fit.ts';
import type { TensorSpec } from '../../../../tensor/tensor.ts';
import { JsonText } from './exact-json.ts';
import { framesOf } from '../framing.ts';
import { inputsOf } from './inputs.ts';
import { Members } from './members.ts';
import { requestParameters, type RequestParameters } from './parameters.ts';
import { rawInput } from './raw-input.ts';
import { allOutputs, wantedOutputs, type WantedOutput } from './wanted.ts';

export interface InferRequest {
  /** Returned as it is; undefined when there is none, or an empty one. */
  readonly id: string | undefined;
  readonly inputs: readonly GivenTensor[];
  readonly outputs: readonly WantedOutput[];
  readonly timeoutMs: number | undefined;
  readonly priority: number;
}

/** The inputs and outputs of the model, as far as a body leaves them open. */
export interface ModelTensors {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}

/**
 * `headerLength`: the value of Inference-Header-Content-Length; empty when it is missing. Binary data are views of the body.
 * Whether the inputs are those of the model is not checked here.
 * @throws ServingError BAD_HEADER, BAD_JSON, BAD_FIELD, BAD_SHAPE, BAD_BASE64, EMPTY_BODY or BODY_TOO_LARGE
 */
export function decodeInfer(body: Buffer, headerLength: string, model: ModelTensors): InferRequest {
  const framed = framesOf(body, headerLength);
  if (framed.kind === 'raw') {
    return rawRequest([rawInput(framed.bytes, model.inputs)], model);
  }
  const json = new JsonText(framed.text);
  const members = new Members(json.value, []);
  const id = members.text('id');
  const { binary, timeoutMs, priority }: RequestParameters = requestParameters(members.object('parameters'));
  const outputs = wantedOutputs(members, model.outputs, binary);
  const inputs = inputsOf(json, members, framed.binary);
  return { id: id === '' ? undefined : id, inputs, outputs, timeoutMs, priority };
}

/** That of a body without JSON: all outputs, in binary. */
export const rawRequest = (inputs: readonly GivenTensor[], { outputs }: ModelTensors): InferRequest => ({
  id: undefined,
  inputs,
  outputs: allOutputs(outputs, true),
  timeoutMs: undefined,
  priority: 0,
});
