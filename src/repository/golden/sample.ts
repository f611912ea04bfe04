/** A golden sample: a question to a model with its known answer. Pure. */
import { Errors } from 'typebox/schema';
import type { Tensor } from '../../tensor/tensor.ts';
import { ModelError } from '../model-error.ts';
import { GoldenSchema, type GoldenJson } from './schema.ts';
import { tensorOf } from './tensor-json.ts';

/** An answer may differ by absolute + relative x |expected|. */
export interface Tolerance {
  readonly absolute: number;
  readonly relative: number;
}

export interface ExpectedClass {
  readonly class_id: number;
  readonly probability: number;
}

export interface GoldenSample {
  /** Name of its file, without .json. */
  readonly name: string;
  /** The versions that it is for; undefined: all. */
  readonly versions: readonly string[] | undefined;
  readonly question:
    | { readonly kind: 'image'; /** Name of a file beside the sample. */ readonly image: string }
    | { readonly kind: 'tensors'; readonly inputs: readonly Tensor[] };
  readonly answer:
    | { readonly kind: 'classes'; readonly classes: readonly ExpectedClass[] }
    | { readonly kind: 'outputs'; readonly outputs: readonly Tensor[] };
  readonly tolerance: Tolerance;
}

/**
 * Reads the text of a sample; `file` is only named in errors. `tolerance`: where the sample sets none.
 * @throws ModelError with the file and a JSON pointer to the first faults
 */
export function parseSample(text: string, name: string, file: string, tolerance: Tolerance): GoldenSample {
  const json = validated(text, file);
  const { versions, image, inputs, predictions, outputs } = json;
  const fault = faultOf(json);
  if (fault !== undefined) throw new ModelError(`${file}${fault}`);
  const tensors = (list: NonNullable<GoldenJson['inputs']>, key: string): Tensor[] =>
    list.map((one, index) => tensorOf(one, `${file}#/${key}/${index}`));
  return {
    name,
    versions: versions?.map(String),
    question:
      image === undefined
        ? { kind: 'tensors', inputs: tensors(inputs!, 'inputs') }
        : { kind: 'image', image },
    answer:
      predictions === undefined
        ? { kind: 'outputs', outputs: tensors(outputs!, 'outputs') }
        : { kind: 'classes', classes: predictions },
    tolerance: { ...tolerance, ...json.tolerance },
  };
}

function validated(text: string, file: string): GoldenJson {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new ModelError(`${file} is not valid JSON: ${(error as Error).message}`);
  }
  const [valid, faults] = Errors(GoldenSchema, content);
  if (valid) return content as GoldenJson;
  const [first] = faults.filter(({ keyword }) => keyword !== 'boolean');
  throw new ModelError(`${file}#${first?.instancePath} ${first?.message}${unknownIn(first?.params)}`);
}

function unknownIn(params: unknown): string {
  const { additionalProperties: unknown } = (params ?? {}) as { additionalProperties?: readonly string[] };
  return unknown === undefined ? '' : `: ${unknown.join(', ')}`;
}

/** Of the questions and of the answers there is one each. */
function faultOf({ image, inputs, predictions, outputs }: GoldenJson): string | undefined {
  if ((image === undefined) === (inputs === undefined)) return ' needs either an image or inputs';
  if ((predictions === undefined) === (outputs === undefined)) return ' needs either predictions or outputs';
  if (predictions !== undefined && image === undefined)
    return '#/predictions are answers to an image: use outputs';
  return undefined;
}
