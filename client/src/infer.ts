/** Bodies of the Open Inference Protocol v2, with tensors as bytes both ways. */
import { badAnswer } from './ortolan-error.ts';
import { decodeTensor, encodeTensor, fromJson, type InputTensor, type Tensor } from './tensor.ts';

/** How long the JSON is that comes before the bytes of the tensors. */
export const JSON_LENGTH = 'inference-header-content-length';

export interface InferBody {
  readonly inputs: Readonly<Record<string, InputTensor>>;
  /** Outputs to return; all of them if left out. `classification`: the k highest as BYTES `"value:index:label"`. */
  readonly outputs?:
    readonly (string | { readonly name: string; readonly classification: number })[] | undefined;
  readonly parameters?: Readonly<Record<string, string | number | boolean>> | undefined;
}

export interface InferAnswer {
  readonly model: string;
  readonly version: string | undefined;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** By name. */
  readonly outputs: Readonly<Record<string, Tensor>>;
}

/** @throws TypeError for data that is no tensor */
export function encodeInfer({ inputs, outputs, parameters }: InferBody): {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly headers: Readonly<Record<string, string>>;
} {
  const tensors = Object.entries(inputs).map(([name, tensor]) => ({ name, ...encodeTensor(tensor) }));
  const head = new TextEncoder().encode(
    JSON.stringify({
      parameters: { ...parameters, ...(outputs === undefined && { binary_data_output: true }) },
      inputs: tensors.map(({ name, datatype, shape, bytes }) => ({
        name,
        datatype,
        shape,
        parameters: { binary_data_size: bytes.length },
      })),
      outputs: outputs?.map((one) =>
        typeof one === 'string'
          ? { name: one, parameters: { binary_data: true } }
          : { name: one.name, parameters: { binary_data: true, classification: one.classification } },
      ),
    }),
  );
  const parts = [head, ...tensors.map(({ bytes }) => bytes)];
  const body = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    body.set(part, at);
    at += part.length;
  }
  return {
    body,
    headers: { 'content-type': 'application/octet-stream', [JSON_LENGTH]: String(head.length) },
  };
}

interface OutputJson {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly parameters?: { readonly binary_data_size?: number };
  readonly data?: unknown;
}

interface AnswerJson {
  readonly model_name?: string;
  readonly model_version?: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly outputs?: readonly OutputJson[];
}

/** `jsonLength`: the header of that name; without it, all of the body is JSON. @throws OrtolanError BAD_ANSWER */
export function decodeInfer(bytes: Uint8Array<ArrayBuffer>, jsonLength: string | null): InferAnswer {
  let at = Number(jsonLength ?? bytes.length);
  const answer = parse<AnswerJson | null>(bytes.subarray(0, at));
  const { model_name, model_version, parameters, outputs = [] } = answer ?? {};
  if (!Array.isArray(outputs) || !outputs.every(isOutput)) throw badAnswer('The answer is no inference.');
  const tensors = outputs.map((output): readonly [string, Tensor] => {
    const size = output.parameters?.binary_data_size;
    if (size === undefined) return [output.name, fromJson(output, output.data)];
    const from = at;
    at += size;
    if (!Number.isSafeInteger(size) || size < 0 || at > bytes.length)
      throw badAnswer(`The answer ends within the output ${output.name}.`);
    return [output.name, decodeTensor(output, bytes.subarray(from, at))];
  });
  return {
    model: model_name ?? '',
    version: model_version,
    parameters: parameters ?? {},
    outputs: Object.fromEntries(tensors),
  };
}

function isOutput(value: unknown): value is OutputJson {
  const { name, datatype, shape } = (value ?? {}) as Partial<Record<keyof OutputJson, unknown>>;
  const whole = (length: unknown): boolean => Number.isSafeInteger(length) && (length as number) >= 0;
  return (
    typeof name === 'string' && typeof datatype === 'string' && Array.isArray(shape) && shape.every(whole)
  );
}

/** @throws OrtolanError BAD_ANSWER */
export function parse<T>(bytes: Uint8Array): T {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as T;
  } catch (error) {
    throw badAnswer(
      `The answer is no JSON. In a browser: is ${JSON_LENGTH} among the headers that the server exposes?`,
      error,
    );
  }
}
