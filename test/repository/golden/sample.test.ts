import fc from 'fast-check';
import t from 'tap';
import { parseSample } from '../../../src/repository/golden/sample.ts';
import { ModelError } from '../../../src/repository/model-error.ts';
import { DATATYPE_NAMES } from '../../../src/tensor/tensor.ts';

const x = { name: 'x', datatype: 'FP32', shape: [1, 2], data: [1, 2] };
const rows = { inputs: [x], outputs: [{ ...x, name: 'y' }] };
const classes = [{ class_id: 7, label: 'cat', probability: 0.5 }];
const NORMAL = { absolute: 1, relative: 2 };
const parse = (content: unknown) => parseSample(JSON.stringify(content), 's', 'golden/s.json', NORMAL);

t.test('reads a question of tensors, flat or nested', async (t) => {
  const { question, answer } = parse({ inputs: [{ ...x, data: [[1, 2]] }], outputs: rows.outputs });
  const data = new Uint8Array(Float32Array.of(1, 2).buffer);
  t.strictSame(question, { kind: 'tensors', inputs: [{ ...x, data }] });
  t.strictSame(answer, { kind: 'outputs', outputs: [{ ...x, name: 'y', data }] });
});

t.test('reads a question of an image, for some versions', async (t) => {
  t.strictSame(parse({ image: 'a.jpg', predictions: classes, versions: [2, 3] }), {
    name: 's',
    versions: ['2', '3'],
    question: { kind: 'image', image: 'a.jpg' },
    answer: { kind: 'classes', classes },
    tolerance: NORMAL,
  });
});

t.test('a tolerance of the sample goes before that of the model', async (t) => {
  t.strictSame(parse({ ...rows, tolerance: { absolute: 0 } }).tolerance, { absolute: 0, relative: 2 });
});

t.test('reads elements of every kind', async (t) => {
  const dataOf = (datatype: string, data: unknown[]) => {
    const { question } = parse({ ...rows, inputs: [{ name: 'x', datatype, shape: [data.length], data }] });
    return question.kind === 'tensors' ? Buffer.from(question.inputs[0]!.data).toString('hex') : '';
  };
  t.equal(dataOf('INT64', [-1, '9007199254740993']), 'ffffffffffffffff0100000000002000');
  t.equal(dataOf('FP16', [1, -2]), '003c00c0');
  t.equal(dataOf('BOOL', [true, false]), '0100');
  t.equal(dataOf('BYTES', ['a', '']), '010000006100000000');
});

const faults: [what: string, content: unknown, message: RegExp][] = [
  ['no question', { outputs: rows.outputs }, /^golden\/s\.json needs either an image or inputs$/],
  ['two questions', { ...rows, image: 'a.jpg' }, /needs either an image or inputs/],
  ['no answer', { inputs: rows.inputs }, /needs either predictions or outputs/],
  [
    'classes of tensors',
    { inputs: rows.inputs, predictions: classes },
    /#\/predictions are answers to an image/,
  ],
  ['an unknown key', { ...rows, tolerances: {} }, /golden\/s\.json# .*additional properties: tolerances/],
  ['an unknown type', { ...rows, inputs: [{ ...x, datatype: 'BF16' }] }, /#\/inputs\/0\/datatype/],
  [
    'data of another length',
    { ...rows, inputs: [{ ...x, data: [1] }] },
    /#\/inputs\/0\/data has 1 elements, .* 2$/,
  ],
  [
    'lists too deep',
    { ...rows, inputs: [{ ...x, data: [[[1]], [[2]]] }] },
    /#\/inputs\/0\/data: element 0: .*FP32/,
  ],
  [
    'an element of another type',
    { ...rows, inputs: [{ ...x, data: [1, '2'] }] },
    /data: element 1: .* fit FP32/,
  ],
  [
    'a number that FP16 has not',
    { ...rows, inputs: [{ ...x, datatype: 'FP16', data: [1, 1e9] }] },
    /element 1: .* FP16/,
  ],
  [
    'a text that is none',
    { ...rows, inputs: [{ ...x, datatype: 'BYTES', data: ['a', 1] }] },
    /element 1 is not a text/,
  ],
  ['a shape that is too large', { ...rows, inputs: [{ ...x, shape: [1e4, 1e4] }] }, /more than 4000000/],
];
for (const [what, content, message] of faults) {
  t.test(`refuses ${what}`, async (t) => {
    t.throws(() => parse(content), { name: 'ModelError', message });
  });
}

t.test('says that a text is not JSON', async (t) => {
  t.throws(() => parseSample('{', 's', 'golden/s.json', NORMAL), {
    message: /^golden\/s\.json is not valid JSON/,
  });
});

t.test('whatever a sample holds, it is read or refused with a ModelError', async () => {
  const element = fc.constantFrom<unknown>(0, 1.5, -1, 1e40, 2 ** 60, '9', 'text', true, null, [], {});
  const tensor = fc.record({
    name: fc.constant('x'),
    datatype: fc.constantFrom(...DATATYPE_NAMES, 'BF16'),
    shape: fc.constantFrom([2], [1, 2], [2 ** 40, 2 ** 40], [0], [-1]),
    data: fc.oneof(fc.array(element, { minLength: 2, maxLength: 2 }), fc.array(element)),
  });
  const some = fc.record({ inputs: fc.tuple(tensor), outputs: fc.tuple(tensor) });
  fc.assert(
    fc.property(fc.oneof(some, fc.jsonValue()), (content) => {
      try {
        parseSample(JSON.stringify(content), 's', 's.json', NORMAL);
        return true;
      } catch (error) {
        return error instanceof ModelError;
      }
    }),
    { numRuns: 2000 },
  );
});
