/** A tensor of a golden sample: JSON to elements, and elements to numbers that can be compared. Pure. */
import { misfitOf, putElements } from '../../tensor/json-elements.ts';
import { bytesOfTexts, textsOf } from '../../tensor/strings.ts';
import { allocate, elementBytes, elementsOf, viewOf, type Tensor } from '../../tensor/tensor.ts';
import { ModelError } from '../model-error.ts';
import { fromHalf, toHalf } from './half.ts';
import type { TensorText } from './schema.ts';

/** A sample is a question, not a data set. */
const MAX_ELEMENTS = 4_000_000;

/** `place`: where the tensor is, for errors. @throws ModelError when the data do not fit the type or the shape */
export function tensorOf({ name, datatype, shape, data }: TensorText, place: string): Tensor {
  const count = elementsOf(shape);
  if (count > MAX_ELEMENTS)
    throw new ModelError(`${place}/shape has ${count} elements: more than ${MAX_ELEMENTS}`);
  const list = data.some(Array.isArray) ? data.flat(Math.max(0, shape.length - 1)) : data;
  if (list.length !== count) {
    throw new ModelError(
      `${place}/data has ${list.length} elements, and the shape [${shape.join()}] has ${count}`,
    );
  }
  return { name, datatype, shape, data: dataOf(list, datatype, `${place}/data`) };
}

function dataOf(list: readonly unknown[], datatype: Tensor['datatype'], place: string): Uint8Array {
  if (datatype === 'BYTES') {
    const bad = list.findIndex((value) => typeof value !== 'string');
    if (bad >= 0) throw new ModelError(`${place}: element ${bad} is not a text`);
    return bytesOfTexts(list as readonly string[]);
  }
  const view = allocate(datatype, list.length);
  const bad =
    datatype === 'FP16' ? putHalves(view as Uint16Array, list) : putElements(view, 0, list, datatype);
  if (bad >= 0) throw new ModelError(`${place}: element ${bad}: ${misfitOf(datatype)}`);
  return new Uint8Array(view.buffer);
}

/** As putElements(). */
function putHalves(view: Uint16Array, list: readonly unknown[]): number {
  return list.findIndex((value, index) => {
    const bits = typeof value === 'number' ? toHalf(value) : undefined;
    view[index] = bits ?? 0;
    return bits === undefined;
  });
}

/** The elements of a tensor, to be compared: bigints of 64-bit integers, texts of BYTES, numbers of everything else. */
export function elementsIn({
  datatype,
  data,
}: Pick<Tensor, 'datatype' | 'data'>): ArrayLike<number | bigint | string> {
  if (datatype === 'BYTES') return textsOf(data);
  const aligned = data.slice();
  const view = viewOf(datatype, aligned.buffer, 0, aligned.byteLength / elementBytes(datatype));
  return datatype === 'FP16' ? Array.from(view as Uint16Array, fromHalf) : view;
}
