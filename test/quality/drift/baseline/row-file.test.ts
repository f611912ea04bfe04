import t from 'tap';
import { RowReader } from '../../../../src/quality/drift/baseline/row-file.ts';
import { elementsIn, type TensorSpec } from '../../../../src/tensor/tensor.ts';
import { elementsOfBytes } from '../../../../src/tensor/strings.ts';

const X: TensorSpec = { name: 'x', datatype: 'FP32', shape: [-1, 2, 2] };
const N: TensorSpec = { name: 'n', datatype: 'INT64', shape: [-1] };
const TEXT: TensorSpec = { name: 'text', datatype: 'BYTES', shape: [-1, 1] };

const numbers = ({ datatype }: TensorSpec, data: Uint8Array): unknown[] =>
  Array.from<unknown>(elementsIn(datatype, data));

t.test('a row of CSV has the elements of all inputs in their order', async (t) => {
  const { inputs, rows } = new RowReader([X, N], true).read(' 1, 2.5;3\t-4 , 5', false)!;
  t.equal(rows, 1);
  t.strictSame(
    inputs.map(({ shape }) => shape),
    [[1, 2, 2], [1]],
  );
  t.strictSame(numbers(X, inputs[0]!.data), [1, 2.5, 3, -4]);
});

t.test('a first line of names is passed over, and one of numbers is not', async (t) => {
  const reader = new RowReader([X], true);
  t.equal(reader.read('"a","b","c","d"', true), undefined);
  t.ok(reader.read('1,2,3,4', true));
  t.throws(() => reader.read('a,b,c,d', false), { name: 'RowError' });
  t.equal(reader.read('  ', false), undefined);
});

t.test('a row of JSON is a list, nested or flat, or an object with a list for each input', async (t) => {
  const [flat, nested] = ['[1,2,3,4]', '[[1,2],[3,4]]'].map((line) =>
    new RowReader([X], true).read(line, true)!,
  );
  t.strictSame(flat, nested);
  const { inputs } = new RowReader([X, N, TEXT], true).read(
    '{"x":[1,2,3,4],"n":"9007199254740993","text":["a,b"]}',
    true,
  )!;
  t.strictSame(numbers(N, inputs[1]!.data), [9007199254740993n]);
  t.equal(Buffer.from(elementsOfBytes(inputs[2]!.data)[0]!).toString(), 'a,b');
});

t.test('a line that is no row says what is wrong with it', async (t) => {
  const reader = new RowReader([X, N], true);
  for (const [line, fault] of [
    ['1,2,3', /has 3 cells, and a row has 5 elements/],
    ['1,2,3,4,x', /Element 0 of the input n/],
    ['[1,2,3,4,5]', /The model has 2 inputs/],
    ['{"x":[1,2,3,4]}', /The input n is missing/],
    ['{"x":[1,2,3],"n":1}', /The input x has 3 elements, and a row has 4/],
    ['{"x":[1,2,3,null],"n":1}', /Element 3 of the input x/],
    ['{"y":[1]}', /has no input y/],
    ['{"x"', /not valid JSON/],
  ] as const) {
    t.throws(() => reader.read(line, false), { message: fault }, line);
  }
});

t.test('a model whose rows have no fixed length, or no form in a text, is refused', async (t) => {
  t.throws(() => new RowReader([{ ...X, shape: [-1, -1] }], true), /no fixed length/);
  t.throws(() => new RowReader([{ ...X, datatype: 'FP16' }], true), /FP16/);
});

t.test('where rows are not joined the whole tensor is one', async (t) => {
  const { inputs } = new RowReader([{ name: 'x', datatype: 'FP32', shape: [3] }], false).read(
    '1,2,3',
    false,
  )!;
  t.strictSame(inputs[0]!.shape, [3]);
});
