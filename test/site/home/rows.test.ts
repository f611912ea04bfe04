import t from 'tap';
import { decodeJsonTensors } from '../../../src/protocol/v1/codec/tensors/tensors.ts';
import { DATATYPE_NAMES, type Datatype } from '../../../src/tensor/tensor.ts';

interface Input {
  readonly name: string;
  readonly datatype: Datatype;
  /** The first dimension is the number of rows, -1. */
  readonly shape: readonly number[];
}

interface Rows {
  exampleBody(inputs: readonly Input[]): string | undefined;
  inputsInWords(inputs: readonly Input[]): string;
  outputsText(outputs: Readonly<Record<string, readonly unknown[]>>): string;
}

const source = new URL('../../../src/site/home/browser/rows.js', import.meta.url);
const { exampleBody, inputsInWords, outputsText } = (await import(source.href)) as Rows;

t.test('the example body is valid, for every type and several inputs', async (t) => {
  const inputs = DATATYPE_NAMES.filter((name) => name !== 'FP16').map((datatype) => ({
    name: `"${datatype}"`,
    datatype,
    shape: [-1, 2, 3],
  }));
  const body = Buffer.from(exampleBody([...inputs, { name: 'n', datatype: 'FP32', shape: [-1] }])!);
  const specs = [...inputs, { name: 'n', datatype: 'FP32' as const, shape: [-1] }];
  const decoded = decodeJsonTensors(body, specs).inputs;
  t.same(
    decoded.map(({ shape }) => shape),
    [...inputs.map(() => [1, 2, 3]), [1]],
  );
});

t.test('a row that is too long to show has no example body', async (t) => {
  t.ok(exampleBody([{ name: 'x', datatype: 'FP32', shape: [-1, 1024] }]));
  t.equal(exampleBody([{ name: 'x', datatype: 'FP32', shape: [-1, 3, 224, 224] }]), undefined);
});

t.test('inputs are named with their types and shapes', async (t) => {
  const inputs: Input[] = [
    { name: 'x', datatype: 'FP32', shape: [-1, 4] },
    { name: 'n', datatype: 'INT64', shape: [-1] },
  ];
  t.equal(inputsInWords(inputs), 'x: FP32 [rows, 4]; n: INT64 [rows]');
});

t.test('outputs have a line for each row, and long ones are cut', async (t) => {
  t.equal(
    outputsText({ y: [[1, null], [3]], z: [true] }),
    '{\n  "y": [\n    [1,null],\n    [3]\n  ],\n  "z": [\n    true\n  ]\n}',
  );
  const long = outputsText({ y: [Array.from({ length: 5000 }, () => 1)] });
  t.ok(long.length < 4100);
  t.match(long, /\(4000 of 10\d{3} characters\)$/);
});
