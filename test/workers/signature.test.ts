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
    { inputs: undefined, outputs: undefined, batching: 'auto', ...declared },
  );

/** As it is reported, with the batch axis. */
const whole = ({ name, datatype, shape }: typeof SPEC_X | typeof SPEC_Y) => ({
  name,
  datatype,
  shape: [-1, ...shape],
});

t.test('is completed from the file where model.json is silent', async (t) => {
  t.match(read(), { inputs: [whole(SPEC_X)], outputs: [whole(SPEC_Y)], rowAxis: { kind: 'any' } });
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
      { name: 'a', shape: [-1] },
      { name: 'b', shape: [-1, 2, 3] },
    ],
  });
  t.strictSame('outputs' in signature && signature.outputs, [whole(SPEC_Y)], 'an output may be left out');
});

t.test('a symbolic side of a row is what model.json declares, else open', async (t) => {
  const inputs = [value('x', 'float32', 'N', 'width', '')];
  const declared = { inputs: [{ name: 'x', datatype: 'FP32', shape: [5, 6] }] } as const;
  t.match(read({ inputs, declared }), { inputs: [{ shape: [-1, 5, 6] }] });
  t.match(read({ inputs }), { inputs: [{ shape: [-1, -1, -1] }], axes: [['N', 'width', '']] });
});

t.test('a file that fixes the batch at 1 takes any number of rows, one by one', async (t) => {
  const one = { inputs: [value('x', 'float32', 1, 4)], outputs: [value('y', 'float32', 1, 4)] };
  t.match(read(one), { rowAxis: { kind: 'one' }, inputs: [whole(SPEC_X)] });
});

t.test('a file that fixes only the batch of an output is tried', async (t) => {
  t.match(read({ outputs: [value('y', 'float32', 1, 4)] }), { rowAxis: { kind: 'any' } });
});

const alone: readonly (readonly [title: string, given: Given, reason: RegExp])[] = [
  ['a scalar input', { inputs: [X, value('sr', 'int64')] }, /input sr is a scalar/],
  [
    'a state with the batch second',
    { inputs: [X, value('s', 'float32', 2, 'N', 128)] },
    /input s is fixed at 2/,
  ],
  ['a batch fixed at 4', { inputs: [value('x', 'float32', 4, 4)] }, /input x is fixed at 4/],
  ['an output without a shape', { outputs: [value('y', 'float32')] }, /output y is a scalar, or/],
  [
    'detections of one image',
    { inputs: [value('x', 'float32', 1, 3)], outputs: [value('boxes', 'float32', 'n', 7)] },
    /boxes may have several rows/,
  ],
  ['one open and one fixed batch', { inputs: [X, value('z', 'float32', 1, 2)] }, /inputs x and z differ/],
  ['model.json that says so', { declared: { batching: 'never' } }, /"batching": "never"/],
];
for (const [title, given, reason] of alone) {
  t.test(`requests run alone for ${title}, with the reason`, async (t) => {
    t.match(read(given), { rowAxis: { kind: 'none', reason } });
  });
}

t.test('the whole shape may be declared where there is no batch', async (t) => {
  const declared = { inputs: [{ name: 'x', datatype: 'FP32', shape: [2, 5] }] } as const;
  t.match(read({ inputs: [value('x', 'float32', 2, 'n')], declared }), { inputs: [{ shape: [2, 5] }] });
});

const refused: readonly (readonly [title: string, given: Given, detail: RegExp])[] = [
  [
    'an input that the file does not have',
    { declared: { inputs: [{ ...SPEC_X, name: 'image' }] } },
    /no input "image"; it has x/,
  ],
  [
    'an output that the file does not have',
    { declared: { outputs: [{ ...SPEC_Y, name: 'scores' }] } },
    /no output "scores"; it has y/,
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
  ['an input that is no tensor', { inputs: [{ name: 'x', isTensor: false }] }, /input x is a sequence/],
  [
    'a sequence of maps that nobody asked to leave out',
    { outputs: [Y, { name: 'output_probability', isTensor: false }] },
    /output_probability is a sequence or a map.*zipmap/,
  ],
  ['a data type that is not served', { inputs: [value('x', 'complex64', 'N')] }, /x is of type complex64/],
  [
    'batching that model.json insists on where there is no batch',
    { inputs: [value('x', 'float32')], declared: { batching: 'always' } },
    /batching is "always", but input x is a scalar/,
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
