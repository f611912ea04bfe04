/**
 * Tensors as JSON: `{"inputs": {"x": [[…], …]}}`, a list for each axis. Shapes are checked before memory is taken, so a small
 * body cannot ask for a large tensor.
 */
import { ServingError } from '../../../../errors.ts';
import type { TensorsRequest } from '../../../../task/tensors.ts';
import { hasJsonForm, misfitOf, putElements } from '../../../../tensor/json-elements.ts';
import { bytesOfTexts } from '../../../../tensor/strings.ts';
import { allocate, elementsOf, type TensorSpec, type TensorView } from '../../../../tensor/tensor.ts';
import type { GivenTensor } from '../../../../tensor/fit.ts';
import type { FeaturesConfig } from '../../../../repository/model-json/features.ts';
import { parseJson } from '../../../json-text.ts';
import { pointerTo } from '../../../pointer.ts';
import { entitiesIn, filledBy, noEntities } from './entities.ts';

type Path = readonly (string | number)[];

/**
 * A JSON body with every input of the model, or with entities and the inputs that `features` does not fill. 64-bit integers
 * may be strings.
 * @throws ServingError BAD_JSON; BAD_FIELD for a name or a value; BAD_SHAPE for a length; with a pointer
 */
export function decodeJsonTensors(
  body: Buffer,
  specs: readonly TensorSpec[],
  features?: FeaturesConfig,
): TensorsRequest {
  const content = bodyOf(parseJson(body), features);
  const entities =
    features && content['entities'] !== undefined ? entitiesIn(content['entities'], features) : undefined;
  const given = entities === undefined ? specs : specs.filter(({ name }) => !filledBy(features!, name));
  const inputs = namedValues(content['inputs'] ?? (given.length === 0 ? {} : undefined), given, features);
  return { inputs: given.map((spec) => tensorOf(inputs[spec.name], spec)), ...(entities && { entities }) };
}

function bodyOf(value: unknown, features: FeaturesConfig | undefined): Record<string, unknown> {
  const body = members(value, []);
  for (const name of Object.keys(body)) {
    if (name === 'inputs' || (name === 'entities' && features !== undefined)) continue;
    throw name === 'entities'
      ? noEntities()
      : fieldError('The body may only have the member inputs.', [name]);
  }
  return body;
}

function namedValues(
  value: unknown,
  specs: readonly TensorSpec[],
  features: FeaturesConfig | undefined,
): Record<string, unknown> {
  const inputs = members(value, ['inputs']);
  for (const name of Object.keys(inputs)) {
    if (!specs.some((spec) => spec.name === name)) {
      if (features !== undefined && filledBy(features, name))
        throw fieldError('This input is filled by features: send it, or entities, but not both.', [
          'inputs',
          name,
        ]);
      const known = specs.map((spec) => spec.name).join(', ');
      throw fieldError(`The model has no such input; it has ${known}.`, ['inputs', name]);
    }
  }
  const missing = specs.find(({ name }) => !Object.hasOwn(inputs, name));
  if (missing === undefined) return inputs;
  const instead =
    features !== undefined && filledBy(features, missing.name)
      ? ` It is filled by features where entities are given: ${Object.keys(features.entities).join(', ')}.`
      : '';
  throw fieldError(`The input ${missing.name} is missing.${instead}`, ['inputs', missing.name]);
}

function members(value: unknown, path: Path): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw fieldError('An object with the value of each input is expected: {"inputs": {"x": [[…]]}}.', path);
}

function tensorOf(value: unknown, spec: TensorSpec): GivenTensor {
  const { name, datatype } = spec;
  const path = ['inputs', name];
  const pointer = pointerTo(...path);
  if (!hasJsonForm(datatype)) {
    throw fieldError(`The input ${name} is ${datatype}, which has no form in JSON: send it in binary.`, path);
  }
  if (spec.shape.length > 0 && !Array.isArray(value)) {
    throw fieldError(
      `The input ${name} must be a list, nested as its shape [${spec.shape.join()}] says.`,
      path,
    );
  }
  const shape = shapeOf(value, spec);
  checkShape(value, shape, path);
  if (datatype === 'BYTES')
    return { name, datatype, shape, data: bytesOfTexts(textsIn(value, path)), pointer };
  const view = allocate(datatype, elementsOf(shape));
  fill(view, 0, shape.length === 0 ? [value] : (value as unknown[]), spec, shape.length, path);
  return { name, datatype, shape, data: new Uint8Array(view.buffer), pointer };
}

/** Deeper lists are no tensor that anybody has. */
const MAX_AXES = 16;

/** The lengths that the spec says, and those of the first list where it leaves them open. */
function shapeOf(value: unknown, { shape }: TensorSpec): number[] {
  const found: number[] = [];
  let inner = value;
  // A shape without axes may be one that the file does not say.
  for (let axis = 0; axis < (shape.length === 0 ? MAX_AXES : shape.length); axis++) {
    if (shape.length === 0 && !Array.isArray(inner)) break;
    const length = Array.isArray(inner) ? inner.length : 0;
    const declared = shape[axis] ?? -1;
    found.push(declared < 0 ? length : declared);
    inner = Array.isArray(inner) ? (inner[0] as unknown) : undefined;
  }
  return found;
}

/** Walks the lists, not their elements. */
function checkShape(value: unknown, shape: readonly number[], path: Path): void {
  if (shape.length === 0) return;
  const [side, ...rest] = shape;
  if (!Array.isArray(value) || value.length !== side) {
    const found = Array.isArray(value) ? `has ${value.length} elements` : 'is not a list';
    throw new ServingError('BAD_SHAPE', `A list of ${side} elements is expected; this ${found}.`, {
      pointer: pointerTo(...path),
    });
  }
  if (rest.length > 0) value.forEach((each, i) => checkShape(each, rest, [...path, i]));
}

/** Puts lists of `axes` axes, whose shape has been checked, into `view` from `at` on. Returns where they end. */
function fill(
  view: TensorView,
  at: number,
  list: readonly unknown[],
  spec: TensorSpec,
  axes: number,
  path: Path,
): number {
  if (axes > 1) {
    return list.reduce<number>(
      (end, each, i) => fill(view, end, each as unknown[], spec, axes - 1, [...path, i]),
      at,
    );
  }
  const bad = putElements(view, at, list, spec.datatype);
  if (bad >= 0) throw fieldError(misfitOf(spec.datatype), axes === 0 ? path : [...path, bad]);
  return at + list.length;
}

function textsIn(value: unknown, path: Path): string[] {
  if (Array.isArray(value)) return value.flatMap((each, i) => textsIn(each, [...path, i]));
  if (typeof value !== 'string') throw fieldError('The value is no string.', path);
  if (!value.isWellFormed()) throw fieldError('The text has half of a surrogate pair.', path);
  return [value];
}

const fieldError = (message: string, path: Path): ServingError =>
  new ServingError('BAD_FIELD', message, { pointer: pointerTo(...path) });
