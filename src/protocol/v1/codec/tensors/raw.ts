/** A body that is the one input of a model: raw little-endian elements, or a .npy file. */
import { ServingError } from '../../../../errors.ts';
import type { TensorsRequest } from '../../../../task/tensors.ts';
import { elementBytes, elementsOf, type Datatype, type TensorSpec } from '../../../../tensor/tensor.ts';
import { isNpy, readNpy } from '../../../../tensor/npy.ts';

/** What the query says of the body. */
export interface Stated {
  readonly datatype: Datatype | undefined;
  readonly shape: readonly number[] | undefined;
}

/**
 * The body is not copied.
 * @throws ServingError EMPTY_BODY; BAD_SHAPE when the shape is not stated and does not follow from the length, or when what
 *   is stated is not what a .npy file says
 */
export function decodeRaw(body: Buffer, specs: readonly TensorSpec[], stated: Stated): TensorsRequest {
  const [spec] = specs;
  if (spec === undefined || specs.length > 1) {
    const names = specs.map(({ name }) => name).join(', ');
    throw new ServingError('BAD_SHAPE', `The model has the inputs ${names}: name them in a JSON body.`);
  }
  if (body.length === 0) throw new ServingError('EMPTY_BODY', 'The body is empty: it must be rows.');
  const { name } = spec;
  if (isNpy(body)) {
    const { datatype, shape, data } = readNpy(body);
    requireEqual(datatype, stated.datatype, 'type');
    requireEqual(shape.join(), stated.shape?.join(), 'shape');
    return { inputs: [{ name, datatype, shape, data }] };
  }
  if (spec.datatype === 'BYTES') {
    throw new ServingError('BAD_SHAPE', `The input ${name} is of texts: send them in a JSON body.`);
  }
  const datatype = stated.datatype ?? spec.datatype;
  return { inputs: [{ name, datatype, shape: stated.shape ?? shapeFor(body.length, spec), data: body }] };
}

function requireEqual(found: string, stated: string | undefined, what: string): void {
  if (stated === undefined || stated === found) return;
  throw new ServingError(
    'BAD_SHAPE',
    `The .npy file has the ${what} ${found}, not ${stated} as the query says.`,
  );
}

/** The shape of the model, with its one open length as the number of bytes says. */
function shapeFor(bytes: number, { name, datatype, shape }: TensorSpec): readonly number[] {
  const open = shape.filter((length) => length < 0).length;
  if (open === 0) return shape;
  if (open > 1) {
    const message = `The input ${name} has the shape [${shape.join()}] (-1: any length): state that of the body, ?shape=2,8 for instance.`;
    throw new ServingError('BAD_SHAPE', message);
  }
  const one = elementsOf(shape.filter((length) => length >= 0)) * elementBytes(datatype);
  const length = bytes / one;
  if (Number.isInteger(length)) return shape.map((each) => (each < 0 ? length : each));
  const [first, ...rest] = shape;
  const what =
    first === -1
      ? `a row of ${name} has ${one}, and rows`
      : `[${[first, ...rest].join()}] of ${name} takes multiples of ${one}, and elements`;
  throw new ServingError('BAD_SHAPE', `The body has ${bytes} bytes; ${what} must be whole.`);
}
