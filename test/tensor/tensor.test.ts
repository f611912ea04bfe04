import t from 'tap';
import {
  allocate,
  bytesPerRow,
  DATATYPE_NAMES,
  datatypeOf,
  elementBytes,
  elementsPerRow,
  onnxTypeOf,
  viewOf,
  type TensorSpec,
} from '../../src/tensor/tensor.ts';

const spec = (datatype: TensorSpec['datatype'], ...shape: readonly number[]): TensorSpec => ({
  name: 'x',
  datatype,
  shape,
});

t.test('a row is as large as its shape and data type say; no shape is one element', async (t) => {
  t.equal(elementsPerRow(spec('FP32', 224, 224, 3)), 150_528);
  t.equal(bytesPerRow(spec('FP32', 2, 3)), 24);
  t.equal(bytesPerRow(spec('UINT8', 2, 3)), 6);
  t.equal(bytesPerRow(spec('INT64')), 8);
});

t.test('every data type has onnxruntime’s name, and is found by it', async (t) => {
  for (const datatype of DATATYPE_NAMES) t.equal(datatypeOf(onnxTypeOf(datatype)), datatype);
});

t.test('a data type that is not served is not found', async (t) => {
  for (const name of ['bfloat16', 'complex64', 'FP32', '']) t.equal(datatypeOf(name), undefined, name);
});

t.test('a view has elements of the size that the data type says, over the memory itself', async (t) => {
  for (const datatype of DATATYPE_NAMES.filter((name) => name !== 'BYTES')) {
    const buffer = new ArrayBuffer(64);
    const view = viewOf(datatype, buffer, 16, 3);
    t.equal(view.BYTES_PER_ELEMENT, elementBytes(datatype), datatype);
    t.equal(view.length, 3);
    new Uint8Array(buffer, 16, 1)[0] = 1;
    t.not(Number(view[0]), 0, 'not a copy');
  }
});

t.test('a view that is not aligned for its type is refused', async (t) => {
  t.throws(() => viewOf('FP32', new ArrayBuffer(16), 2, 1), { name: 'RangeError' });
});

t.test('a fresh array is all zeros', async (t) => {
  t.strictSame([...(allocate('INT64', 2) as BigInt64Array)], [0n, 0n]);
  t.strictSame([...(allocate('FP32', 3) as Float32Array)], [0, 0, 0]);
});
