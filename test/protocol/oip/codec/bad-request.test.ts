/** What is wrong with a request, and with which code and place it is refused. */
import t from 'tap';
import { decodeInfer } from '../../../../src/protocol/oip/codec/request/request.ts';
import { decode, decodeBinary, floats, input, MODEL, spec } from './bodies.ts';

const inputs = (changed: object): object => ({ inputs: [input(changed)] });
const binary = (size: unknown): object => inputs({ data: undefined, parameters: { binary_data_size: size } });
const output = (parameters: object, name = 'y'): object => ({
  inputs: [input()],
  outputs: [{ name, parameters }],
});
const parameters = (given: object): object => ({ inputs: [input()], parameters: given });

const FAULTS: Readonly<Record<string, readonly [body: unknown, code: string, pointer: string | undefined]>> =
  {
    'no object': [[1], 'BAD_FIELD', ''],
    'no inputs': [{}, 'BAD_FIELD', '/inputs'],
    'an empty list of inputs': [{ inputs: [] }, 'BAD_FIELD', '/inputs'],
    'inputs that are no list': [{ inputs: { x: 1 } }, 'BAD_FIELD', '/inputs'],
    'an input that is no object': [{ inputs: [input({ name: 'a' }), 5] }, 'BAD_FIELD', '/inputs/1'],
    '10,000 inputs': [
      { inputs: Array.from({ length: 10_000 }, (_, i) => input({ name: `x${i}` })) },
      'BAD_FIELD',
      '/inputs',
    ],
    'two inputs of one name': [{ inputs: [input(), input()] }, 'BAD_FIELD', '/inputs/1/name'],
    'no name': [inputs({ name: undefined }), 'BAD_FIELD', '/inputs/0/name'],
    'a name that is no string': [inputs({ name: 5 }), 'BAD_FIELD', '/inputs/0/name'],
    'no datatype': [inputs({ datatype: undefined }), 'BAD_FIELD', '/inputs/0/datatype'],
    'an unknown datatype': [inputs({ datatype: 'FP31' }), 'BAD_FIELD', '/inputs/0/datatype'],
    'a datatype in another case': [inputs({ datatype: 'fp32' }), 'BAD_FIELD', '/inputs/0/datatype'],
    'no shape': [inputs({ shape: undefined }), 'BAD_FIELD', '/inputs/0/shape'],
    'a shape with a negative length': [inputs({ shape: [2, -1] }), 'BAD_FIELD', '/inputs/0/shape/1'],
    'a shape with a fraction': [inputs({ shape: [0.5] }), 'BAD_FIELD', '/inputs/0/shape/0'],
    'a shape with a string': [inputs({ shape: ['4'] }), 'BAD_FIELD', '/inputs/0/shape/0'],
    'a shape with a huge length': [inputs({ shape: [2 ** 31] }), 'BAD_FIELD', '/inputs/0/shape/0'],
    'a shape of 65 axes': [inputs({ shape: Array(65).fill(1) }), 'BAD_FIELD', '/inputs/0/shape'],
    'a product beyond all numbers': [
      inputs({ shape: Array(64).fill(2 ** 31 - 1) }),
      'BAD_SHAPE',
      '/inputs/0/data',
    ],
    'fewer elements': [inputs({ data: [1, 2, 3] }), 'BAD_SHAPE', '/inputs/0/data'],
    'more elements': [inputs({ data: [1, 2, 3, 4, 5] }), 'BAD_SHAPE', '/inputs/0/data'],
    'a row that is too short': [inputs({ data: [[1, 2], [3]] }), 'BAD_SHAPE', '/inputs/0/data/1'],
    'a row that is no list': [inputs({ data: [[1, 2], 3] }), 'BAD_SHAPE', '/inputs/0/data/1'],
    'lists deeper than the shape': [
      inputs({
        data: [
          [[1], 2],
          [3, 4],
        ],
      }),
      'BAD_FIELD',
      '/inputs/0/data/0/0',
    ],
    'data that are no list': [inputs({ data: 5 }), 'BAD_FIELD', '/inputs/0/data'],
    'no data at all': [inputs({ data: undefined }), 'BAD_FIELD', '/inputs/0/data'],
    'a string among numbers': [inputs({ data: [1, 2, '3', 4] }), 'BAD_FIELD', '/inputs/0/data/2'],
    'a string among numbers in lists': [
      inputs({
        data: [
          [1, 2],
          ['3', 4],
        ],
      }),
      'BAD_FIELD',
      '/inputs/0/data/1/0',
    ],
    'null among numbers': [inputs({ data: [1, null, 3, 4] }), 'BAD_FIELD', '/inputs/0/data/1'],
    'a number beyond FP32': [inputs({ data: [1, 2, 3, 1e39] }), 'BAD_FIELD', '/inputs/0/data/3'],
    'a number beyond UINT8': [
      inputs({ datatype: 'UINT8', data: [1, 2, 3, 256] }),
      'BAD_FIELD',
      '/inputs/0/data/3',
    ],
    'a fraction in INT32': [
      inputs({ datatype: 'INT32', data: [1, 2, 3, 0.5] }),
      'BAD_FIELD',
      '/inputs/0/data/3',
    ],
    'a number for BOOL': [inputs({ datatype: 'BOOL', data: [1, 0, 1, 0] }), 'BAD_FIELD', '/inputs/0/data/0'],
    'half of a surrogate pair for BYTES': [
      inputs({ datatype: 'BYTES', data: ['a', 'b', 'c', '\ud800'] }),
      'BAD_FIELD',
      '/inputs/0/data/3',
    ],
    'a number for BYTES': [
      inputs({ datatype: 'BYTES', data: ['a', 'b', 'c', 4] }),
      'BAD_FIELD',
      '/inputs/0/data/3',
    ],
    'text that is no base64': [
      inputs({ datatype: 'BYTES', shape: [1], data: ['%'], parameters: { content_type: 'base64' } }),
      'BAD_BASE64',
      '/inputs/0/data/0',
    ],
    'FP16 in JSON': [inputs({ datatype: 'FP16' }), 'BAD_FIELD', '/inputs/0/data'],
    'binary data without the header': [binary(16), 'BAD_FIELD', '/inputs/0/parameters/binary_data_size'],
    'a binary size that is no number': [binary('16'), 'BAD_FIELD', '/inputs/0/parameters/binary_data_size'],
    'a negative binary size': [binary(-1), 'BAD_FIELD', '/inputs/0/parameters/binary_data_size'],
    'shared memory': [
      inputs({ data: undefined, parameters: { shared_memory_region: 'r' } }),
      'BAD_FIELD',
      '/inputs/0/parameters/shared_memory_region',
    ],
    'an id that is no string': [{ id: 5, inputs: [input()] }, 'BAD_FIELD', '/id'],
    'parameters that are no object': [parameters([]), 'BAD_FIELD', '/parameters'],
    'a parameter that is a list': [parameters({ a: [1] }), 'BAD_FIELD', '/parameters/a'],
    'a reserved parameter': [parameters({ triton_x: 1 }), 'BAD_FIELD', '/parameters/triton_x'],
    'a sequence': [parameters({ sequence_id: 3 }), 'BAD_FIELD', '/parameters/sequence_id'],
    'the start of a sequence': [
      parameters({ sequence_start: true }),
      'BAD_FIELD',
      '/parameters/sequence_start',
    ],
    'a negative deadline': [parameters({ timeout: -1 }), 'BAD_FIELD', '/parameters/timeout'],
    'a deadline in words': [parameters({ timeout: '5' }), 'BAD_FIELD', '/parameters/timeout'],
    'a priority of a half': [parameters({ priority: 0.5 }), 'BAD_FIELD', '/parameters/priority'],
    'outputs that are no list': [{ inputs: [input()], outputs: 'y' }, 'BAD_FIELD', '/outputs'],
    'an unknown output': [output({}, 'z'), 'BAD_FIELD', '/outputs/0/name'],
    'an output that JavaScript objects have': [output({}, '__proto__'), 'BAD_FIELD', '/outputs/0/name'],
    'an output twice': [
      { inputs: [input()], outputs: [{ name: 'y' }, { name: 'y' }] },
      'BAD_FIELD',
      '/outputs/1/name',
    ],
    'binary_data that is no boolean': [
      output({ binary_data: 1 }),
      'BAD_FIELD',
      '/outputs/0/parameters/binary_data',
    ],
    'a negative number of classes': [
      output({ classification: -1 }),
      'BAD_FIELD',
      '/outputs/0/parameters/classification',
    ],
    'classes of texts': [
      output({ classification: 1 }, 'words'),
      'BAD_FIELD',
      '/outputs/0/parameters/classification',
    ],
    'an output in shared memory': [
      output({ shared_memory_region: 'r' }),
      'BAD_FIELD',
      '/outputs/0/parameters/shared_memory_region',
    ],
  };

for (const [what, [body, code, pointer]] of Object.entries(FAULTS)) {
  t.test(`${what} is refused with its place`, async (t) => {
    t.throws(() => decode(body), { code, pointer });
  });
}

t.test('bytes and JSON data for one input are refused', async (t) => {
  const both = inputs({ parameters: { binary_data_size: 16 } });
  t.throws(() => decodeBinary(both, floats(1, 2, 3, 4)), { code: 'BAD_FIELD', pointer: '/inputs/0/data' });
});

t.test('a byte count other than that of the shape, and than that of the body, is refused', async (t) => {
  const four = floats(1, 2, 3, 4);
  t.throws(() => decodeBinary(binary(12), four), { code: 'BAD_SHAPE', pointer: '/inputs/0' });
  t.throws(() => decodeBinary(binary(16), floats(1, 2)), { code: 'BAD_SHAPE', pointer: '/inputs/0' });
  t.throws(() => decodeBinary(binary(16), floats(1, 2, 3, 4, 5)), {
    code: 'BAD_SHAPE',
    message: /4 bytes follow/,
  });
});

for (const header of ['-1', '1.5', 'abc', '0x10', ' 1', '1e3', '9'.repeat(16), '99']) {
  t.test(`the header length "${header}" of a body of 18 bytes is refused`, async (t) => {
    t.throws(() => decodeInfer(Buffer.from('{"inputs":[{}, 5]}'), header, MODEL), { code: 'BAD_HEADER' });
  });
}

t.test('a header length that cuts the JSON is bad JSON', async (t) => {
  t.throws(() => decodeInfer(Buffer.from('{"inputs":[{}, 5]}'), '5', MODEL), { code: 'BAD_JSON' });
});

t.test('what is no JSON is refused: NaN, Infinity, bad UTF-8, an empty body', async (t) => {
  for (const word of ['NaN', 'Infinity', '-Infinity', '01', '1,']) {
    const text = JSON.stringify({ inputs: [input({ data: [1, 2, 3, 'w'] })] }).replace('"w"', word);
    t.throws(() => decodeInfer(Buffer.from(text), '', MODEL), { code: 'BAD_JSON' }, word);
  }
  t.throws(() => decodeInfer(Buffer.from([0x7b, 0xff, 0x7d]), '', MODEL), { code: 'BAD_JSON' });
  t.throws(() => decodeInfer(Buffer.alloc(0), '', MODEL), { code: 'EMPTY_BODY' });
});

t.test('JSON nested deeper than 100 is refused, wherever it is', async (t) => {
  const nested = (levels: number): string =>
    `{"extra":${'['.repeat(levels)}${']'.repeat(levels)},"inputs":[${JSON.stringify(input())}]}`;
  t.equal(decodeInfer(Buffer.from(nested(99)), '', MODEL).inputs.length, 1);
  t.throws(() => decodeInfer(Buffer.from(nested(100)), '', MODEL), { code: 'BAD_JSON', message: /100/ });
  t.throws(() => decodeInfer(Buffer.from(nested(1_000_000)), '', MODEL), { code: 'BAD_JSON' });
});

t.test('brackets and quotes inside of strings are not counted', async (t) => {
  const id = `\\"${'['.repeat(1000)}"\\\\`;
  t.equal(decode({ id, inputs: [input()] }).id, id);
});

t.test('more values than the thread can parse in time are refused with a hint to use binary', async (t) => {
  const zeros = (count: number): object => ({
    inputs: [input({ shape: [count], data: Array(count).fill(0) })],
  });
  t.equal(decode(zeros(249_990)).inputs[0]!.data.length, 999_960);
  t.throws(() => decode(zeros(250_001)), { code: 'BODY_TOO_LARGE', message: /binary_data_size/ });
  const long = `{"inputs":[{"name":"x","datatype":"FP32","shape":[1],"data":[0.${'1'.repeat(8 << 20)}]}]}`;
  t.throws(() => decodeInfer(Buffer.from(long), '', MODEL), { code: 'BODY_TOO_LARGE' });
});

t.test('too many values beside an integer beyond 2^53 are refused with a hint', async (t) => {
  const data = Array.from({ length: 30_000 }, () => 0).join();
  const text = `{"inputs":[{"name":"x","datatype":"INT64","shape":[30001],"data":[${data},9007199254740993]}]}`;
  t.throws(() => decodeInfer(Buffer.from(text), '', MODEL), { code: 'BODY_TOO_LARGE', message: /strings/ });
});

t.test('a body without JSON is refused where it does not say what it is', async (t) => {
  const raw = (bytes: number, ...specs: ReturnType<typeof spec>[]) =>
    decodeInfer(Buffer.alloc(bytes), '0', { inputs: specs, outputs: [] });
  t.throws(() => raw(8, ...MODEL.inputs), { code: 'BAD_SHAPE', message: /one input/ });
  t.throws(() => raw(0, spec('x', 'FP32', -1)), { code: 'EMPTY_BODY' });
  t.throws(() => raw(9, spec('x', 'FP32', -1, 2)), { code: 'BAD_SHAPE' });
  t.throws(() => raw(16, spec('x', 'FP32', 2)), { code: 'BAD_SHAPE' });
  t.throws(() => raw(16, spec('x', 'FP32', 2, -1, -1)), { code: 'BAD_SHAPE' });
  t.throws(() => raw(16, spec('x', 'FP32', -1, 0)), { code: 'BAD_SHAPE' });
  t.throws(() => raw(16, spec('t', 'BYTES', 2)), { code: 'BAD_SHAPE' });
});

t.test('an FP16 output in JSON is refused with a hint to use binary', async (t) => {
  const model = { inputs: MODEL.inputs, outputs: [spec('half', 'FP16', -1)] };
  t.throws(() => decode({ inputs: [input()] }, model), { code: 'BAD_FIELD', message: /binary_data/ });
  const asked = { inputs: [input()], parameters: { binary_data_output: true } };
  t.equal(decode(asked, model).outputs.length, 1);
});
