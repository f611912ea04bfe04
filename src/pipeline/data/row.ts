/** One row out of the tensors of a request, which may have had several. Pure. */
import type { LoggedTensor } from './labelled.ts';

/** Row `row` of each tensor, by the first axis; undefined where a tensor has no such row, or not the bytes of its shape. */
export function rowOf(tensors: readonly LoggedTensor[], row: number): readonly LoggedTensor[] | undefined {
  const rows = tensors.map(({ name, datatype, shape, data }) => {
    const [count = 0, ...own] = shape;
    const bytes = Buffer.from(data, 'base64');
    const size = bytes.length / count;
    if (row < 0 || row >= count || !Number.isInteger(size)) return undefined;
    const part = bytes.subarray(row * size, (row + 1) * size);
    return { name, datatype, shape: own, data: part.toString('base64') };
  });
  return rows.every((one) => one !== undefined) ? rows : undefined;
}
