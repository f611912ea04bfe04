/** What tensors of a request must be to fit a model, the same for every protocol. */
import t from 'tap';
import { fitted, type GivenTensor } from '../../src/tensor/fit.ts';
import { bytesOfElements, bytesOfTexts } from '../../src/tensor/strings.ts';
import type { Datatype, TensorSpec } from '../../src/tensor/tensor.ts';

const spec = (name: string, datatype: Datatype, ...shape: number[]): TensorSpec => ({
  name,
  datatype,
  shape,
});
const X = spec('x', 'FP32', -1, 2);

const given = (changed: Partial<GivenTensor> = {}): GivenTensor => ({
  name: 'x',
  datatype: 'FP32',
  shape: [1, 2],
  data: new Uint8Array(8),
  pointer: '/inputs/0',
  ...changed,
});
const texts =
  (shape: readonly number[], data: Uint8Array): (() => unknown) =>
  () =>
    fitted([given({ name: 't', datatype: 'BYTES', shape, data })], [spec('t', 'BYTES', -1)]);

t.test('tensors come in the order of the model', async (t) => {
  const [first, second] = fitted(
    [given({ name: 'b' }), given({ name: 'a' })],
    [spec('a', 'FP32', -1, 2), spec('b', 'FP32', -1, 2)],
  );
  t.same([first!.name, second!.name], ['a', 'b']);
});

t.test('an unknown, a missing and a repeated input are named', async (t) => {
  t.throws(() => fitted([given(), given({ name: 'z' })], [X]), {
    code: 'BAD_FIELD',
    message: /no input z; it has x/,
  });
  t.throws(() => fitted([], [X]), { code: 'BAD_FIELD', message: /x is missing/ });
  t.throws(() => fitted([given(), given()], [X]), {
    code: 'BAD_FIELD',
    pointer: '/inputs/0',
    message: /twice/,
  });
});

t.test('another type, shape or number of bytes is refused at its place', async (t) => {
  for (const [changed, message] of [
    [{ datatype: 'FP64' }, /FP32, not FP64/],
    [{ shape: [1, 3] }, /\[-1,2\] .*not \[1,3\]/],
    [{ shape: [2] }, /not \[2\]/],
    [{ data: new Uint8Array(7) }, /8 bytes in FP32, not 7/],
    [{ shape: [-1, 2] }, /no shape that a tensor can have/],
    [{ shape: [0.5, 2] }, /no shape/],
    [{ shape: [2 ** 53, 2] }, /no shape/],
  ] as const) {
    t.throws(() => fitted([given(changed)], [X]), { code: 'BAD_SHAPE', pointer: '/inputs/0', message });
  }
});

t.test('a shape that the file does not say is left to onnxruntime', async (t) => {
  t.equal(fitted([given({ shape: [2, 1, 1] })], [spec('x', 'FP32')]).length, 1);
});

t.test('a boolean is 0 or 1', async (t) => {
  const bool = given({ datatype: 'BOOL', data: Uint8Array.of(1, 2) });
  t.throws(() => fitted([bool], [spec('x', 'BOOL', -1, 2)]), { code: 'BAD_FIELD' });
});

t.test('texts are as many as the shape says, UTF-8, and have no zero bytes', async (t) => {
  t.doesNotThrow(texts([2], bytesOfTexts(['', 'ü'])));
  t.throws(texts([1], bytesOfTexts(['a', 'b'])), { code: 'BAD_SHAPE' });
  t.throws(texts([3], bytesOfTexts(['a', 'b'])), { code: 'BAD_SHAPE' });
  t.throws(texts([1], Uint8Array.of(255, 255, 255, 255, 1)), {
    code: 'BAD_SHAPE',
    message: /4294967295 bytes of element 0/,
  });
  t.throws(texts([1], Uint8Array.of(1, 0)), { code: 'BAD_SHAPE', message: /length of element 0/ });
  t.throws(texts([1], bytesOfElements([Uint8Array.of(0xff)])), { code: 'BAD_FIELD', message: /UTF-8/ });
  t.throws(texts([1], bytesOfElements([Uint8Array.of(65, 0)])), { code: 'BAD_FIELD' });
});
