import t from 'tap';
import { datatypeOf } from '../../src/tensor/tensor.ts';
import { readSignature, type ValueMetadata } from '../../workers/signature.ts';

const value = (name: string, type: string, ...shape: readonly (number | string)[]): ValueMetadata => ({
  name,
  isTensor: true,
  type,
  shape,
});
const X = value('x', 'float32', 'N', 4);
const Y = value('y', 'float32', 'N', 4);
const SPEC_X = { name: 'x', datatype: 'FP32', shape: [4] } as const;
const SPEC_Y = { name: 'y', datatype: 'FP32', shape: [4] } as const;

interface Given {
  readonly inputs?: readonly ValueMetadata[];
  readonly outputs?: readonly ValueMetadata[];
  readonly declared?: Partial<Parameters<typeof readSignature>[1]>;
}

const read = ({ inputs = [X], outputs = [Y], declared = {} }: Given = {}) =>
  readSignature(
    { inputMetadata: inputs, outputMetadata: outputs },
    { inputs: undefined, outputs: undefined, maxBatchSize: 8, ...declared },
  );

t.test('is completed from the file where model.json is silent', async (t) => {
  t.same(read(), { inputs: [SPEC_X], outputs: [SPEC_Y], maxBatchSize: 8 });
});

t.test('is what model.json declares where the file agrees, in the order of the declaration', async (t) => {
  const signature = read({
    inputs: [value('b', 'uint8', -1, 2, 3), value('a', 'int64', 'N')],
    outputs: [Y, value('z', 'float32', 'N')],
    declared: {
      inputs: [
        { name: 'a', datatype: 'INT64', shape: [] },
        { name: 'b', datatype: 'UINT8', shape: [2, 3] },
      ],
      outputs: [SPEC_Y],
    },
  });
  t.match(signature, {
    inputs: [
      { name: 'a', shape: [] },
      { name: 'b', shape: [2, 3] },
    ],
  });
  t.strictSame('outputs' in signature && signature.outputs, [SPEC_Y], 'an output may be left out');
});

t.test('a symbolic side of a row is what model.json declares', async (t) => {
  const inputs = [value('x', 'float32', 'N', 'width', -1)];
  const declared = { inputs: [{ name: 'x', datatype: 'FP32', shape: [5, 6] }] } as const;
  t.match(read({ inputs, declared }), { inputs: [{ shape: [5, 6] }] });
});

t.test('a file that fixes the batch dimension at 1 is served row by row', async (t) => {
  t.match(read({ inputs: [value('x', 'float32', 1, 4)] }), { maxBatchSize: 1, inputs: [SPEC_X] });
});

t.test('a file that fixes only the batch dimension of an output is served in batches', async (t) => {
  t.match(read({ outputs: [value('y', 'float32', 1, 4)] }), { maxBatchSize: 8 });
});

const refused: readonly (readonly [title: string, given: Given, detail: RegExp])[] = [
  [
    'an input that the file does not have',
    { declared: { inputs: [{ ...SPEC_X, name: 'image' }] } },
    /no input tensor "image"; it has x/,
  ],
  [
    'an output that the file does not have',
    { declared: { outputs: [{ ...SPEC_Y, name: 'scores' }] } },
    /no output tensor "scores"; it has y/,
  ],
  [
    'a further input that model.json does not declare',
    { inputs: [X, value('mask', 'bool', 'N')], declared: { inputs: [SPEC_X] } },
    /a further input "mask"/,
  ],
  [
    'another data type than declared',
    { declared: { inputs: [{ ...SPEC_X, datatype: 'UINT8' }] } },
    /input x: model.json says UINT8, the file FP32/,
  ],
  [
    'another shape than declared',
    { declared: { outputs: [{ ...SPEC_Y, shape: [5] }] } },
    /output y: model.json says a row is \[5\], the file \[4\]/,
  ],
  [
    'another number of dimensions than declared',
    { declared: { inputs: [{ ...SPEC_X, shape: [4, 1] }] } },
    /a row is \[4,1\], the file \[4\]/,
  ],
  ['an input that is no tensor', { inputs: [{ name: 'x', isTensor: false }] }, /no input tensor "x"/],
  ['a data type that is not served', { inputs: [value('x', 'string', 'N')] }, /x is of type string/],
  ['half precision', { outputs: [value('y', 'float16', 'N')] }, /y is of type float16/],
  ['a scalar', { inputs: [value('x', 'float32')] }, /x is a scalar/],
  ['a row of open length', { inputs: [value('x', 'float32', 'N', 'M')] }, /\[N,M\]: declare the shape/],
  [
    'a batch dimension fixed at 4',
    { inputs: [value('x', 'float32', 4, 4)] },
    /fixes the batch dimension at 4/,
  ],
];

for (const [title, given, detail] of refused) {
  t.test(`refuses ${title}, and says so`, async (t) => {
    const failure = read(given);
    t.match(failure, { code: 'MODEL_UNAVAILABLE', detail });
  });
}

t.test('knows every data type that is served by onnxruntime’s name', async (t) => {
  const served = ['bool', 'uint8', 'int8', 'uint16', 'int16', 'int32', 'uint32', 'int64', 'uint64'];
  for (const type of [...served, 'float32', 'float64']) {
    const datatype = datatypeOf(type);
    t.match(read({ inputs: [value('x', type, 'N')] }), { inputs: [{ datatype }] }, type);
  }
});
