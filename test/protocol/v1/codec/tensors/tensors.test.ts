import fc from 'fast-check';
import t from 'tap';
import { decodeJsonTensors } from '../../../../../src/protocol/v1/codec/tensors/tensors.ts';
import type { GivenTensor } from '../../../../../src/tensor/fit.ts';
import { textsOf } from '../../../../../src/tensor/strings.ts';
import type { TensorsRequest } from '../../../../../src/task/tensors.ts';
import type { Datatype, TensorSpec } from '../../../../../src/tensor/tensor.ts';
import { elementsOf, viewOf } from '../../../../../src/tensor/tensor.ts';

/** `row`: the shape without the batch. */
const spec = (datatype: Datatype, row: readonly number[] = [], name = 'x'): TensorSpec => ({
  name,
  datatype,
  shape: [-1, ...row],
});
const decode = (inputs: unknown, ...specs: TensorSpec[]): TensorsRequest =>
  decodeJsonTensors(Buffer.from(JSON.stringify({ inputs })), specs);
const valuesOf = ({ inputs }: TensorsRequest, { datatype }: TensorSpec, i = 0): unknown[] => {
  const { data, shape } = inputs[i]!;
  return [...viewOf(datatype, data.buffer, data.byteOffset, elementsOf(shape))];
};
const shapesOf = ({ inputs }: TensorsRequest): unknown => inputs.map(({ shape }) => shape);

t.test('nested lists are laid out in the order of memory', async (t) => {
  const x = spec('INT32', [2, 3]);
  const request = decode(
    {
      x: [
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
        [
          [7, 8, 9],
          [10, 11, 12],
        ],
      ],
    },
    x,
  );
  t.same(shapesOf(request), [[2, 2, 3]]);
  t.strictSame(valuesOf(request, x), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
});

t.test('several inputs come in the order of the model, whatever that of the body', async (t) => {
  const a = spec('UINT8', [], 'a');
  const b = spec('FP64', [1], 'b');
  const request = decode({ b: [[0.5], [1.5]], a: [1, 2] }, a, b);
  t.strictSame(
    [valuesOf(request, a, 0), valuesOf(request, b, 1)],
    [
      [1, 2],
      [0.5, 1.5],
    ],
  );
  t.same(shapesOf(request), [[2], [2, 1]]);
});

t.test('integers of 64 bits are exact, as strings where a double is not', async (t) => {
  const signed = spec('INT64');
  t.strictSame(valuesOf(decode({ x: [-5, '9223372036854775807', '-9223372036854775808'] }, signed), signed), [
    -5n,
    2n ** 63n - 1n,
    -(2n ** 63n),
  ]);
  const unsigned = spec('UINT64');
  t.strictSame(valuesOf(decode({ x: ['18446744073709551615'] }, unsigned), unsigned), [2n ** 64n - 1n]);
});

t.test('booleans are true and false', async (t) => {
  const x = spec('BOOL', [2]);
  t.strictSame(valuesOf(decode({ x: [[true, false]] }, x), x), [1, 0]);
});

/** The limits of each type, and the values just beyond them. */
const ends: Record<Exclude<Datatype, 'BYTES' | 'FP16'>, { fit: unknown[]; unfit: unknown[] }> = {
  BOOL: { fit: [true, false], unfit: [0, 1, 'true', null] },
  UINT8: { fit: [0, 255], unfit: [-1, 256, 0.5, '1', true, null, [1]] },
  INT8: { fit: [-128, 127], unfit: [-129, 128, 0.5] },
  UINT16: { fit: [0, 65535], unfit: [-1, 65536] },
  INT16: { fit: [-32768, 32767], unfit: [-32769, 32768] },
  UINT32: { fit: [0, 4294967295], unfit: [-1, 4294967296] },
  INT32: { fit: [-2147483648, 2147483647], unfit: [-2147483649, 2147483648] },
  INT64: {
    fit: [0, Number.MAX_SAFE_INTEGER, '-9223372036854775808'],
    unfit: [2 ** 53, 1.5, '9223372036854775808', '1e3', '', ' 1', '0x10', '-', null, true],
  },
  UINT64: { fit: [0, '18446744073709551615'], unfit: [-1, '-1', '18446744073709551616'] },
  FP32: {
    fit: [0.1, -3.4028234663852886e38, 3.4028235677973362e38],
    unfit: [3.4028235677973366e38, 1e300, '1', null],
  },
  FP64: { fit: [Number.MAX_VALUE, -Number.MAX_VALUE, 5e-324], unfit: ['1', null, [], {}, true] },
};
for (const [datatype, { fit, unfit }] of Object.entries(ends) as [
  keyof typeof ends,
  (typeof ends)['BOOL'],
][]) {
  t.test(`${datatype} accepts exactly its range, and an error has the pointer`, async (t) => {
    const request = decode({ x: fit }, spec(datatype));
    t.same(shapesOf(request), [[fit.length]]);
    t.ok(
      valuesOf(request, spec(datatype)).every((value) => typeof value === 'bigint' || Number.isFinite(value)),
    );
    for (const value of unfit) {
      const inputs = {
        x: [
          [fit[0], fit[0]],
          [fit[0], value],
        ],
      };
      t.throws(
        () => decode(inputs, spec(datatype, [2])),
        { code: 'BAD_FIELD', pointer: '/inputs/x/1/1' },
        String(value),
      );
    }
  });
}

t.test('a number that JSON parses to infinity is refused', async (t) => {
  const body = Buffer.from('{"inputs":{"x":[1,1e999]}}');
  t.throws(() => decodeJsonTensors(body, [spec('FP64')]), { code: 'BAD_FIELD', pointer: '/inputs/x/1' });
});

t.test('a list of the wrong length, or a missing one, is refused with its pointer', async (t) => {
  const x = spec('FP32', [2, 2]);
  t.throws(() => decode({ x: [[[1, 2], [3]]] }, x), {
    code: 'BAD_SHAPE',
    pointer: '/inputs/x/0/1',
    message: /has 1/,
  });
  t.throws(() => decode({ x: [[[1, 2]]] }, x), { code: 'BAD_SHAPE', pointer: '/inputs/x/0' });
  t.throws(() => decode({ x: [[1, 2, 3, 4]] }, x), { code: 'BAD_SHAPE', pointer: '/inputs/x/0' });
  t.throws(() => decode({ x: [[[1, 2], 5]] }, x), {
    code: 'BAD_SHAPE',
    pointer: '/inputs/x/0/1',
    message: /not a list/,
  });
});

t.test('open lengths are those of the first list, and the others must have them too', async (t) => {
  const x: TensorSpec = { name: 'x', datatype: 'FP32', shape: [-1, 2, -1] };
  t.same(
    shapesOf(
      decode(
        {
          x: [
            [
              [1, 2, 3],
              [4, 5, 6],
            ],
          ],
        },
        x,
      ),
    ),
    [[1, 2, 3]],
  );
  t.throws(
    () =>
      decode(
        {
          x: [
            [
              [1, 2, 3],
              [4, 5],
            ],
          ],
        },
        x,
      ),
    { code: 'BAD_SHAPE', pointer: '/inputs/x/0/1' },
  );
  t.same(shapesOf(decode({ x: [] }, x)), [[0, 2, 0]], 'no rows: the task refuses them');
});

t.test('a scalar is a value, and a shape that the file does not say is any', async (t) => {
  const sr: TensorSpec = { name: 'sr', datatype: 'INT64', shape: [] };
  t.same(shapesOf(decode({ sr: 16_000 }, sr)), [[]]);
  t.same(shapesOf(decode({ sr: [[1, 2]] }, sr)), [[1, 2]]);
  t.throws(() => decode({ sr: 'fast' }, sr), { code: 'BAD_FIELD', pointer: '/inputs/sr' });
});

t.test('texts are UTF-8 with their lengths, and FP16 is sent in binary', async (t) => {
  const [{ data }] = decode({ x: [['a'], ['ü']] }, spec('BYTES', [1])).inputs as [GivenTensor];
  t.same(textsOf(data), ['a', 'ü']);
  t.throws(() => decode({ x: [[1]] }, spec('BYTES', [1])), { code: 'BAD_FIELD', pointer: '/inputs/x/0/0' });
  t.throws(() => decode({ x: [['\ud800']] }, spec('BYTES', [1])), {
    message: /surrogate/,
    pointer: '/inputs/x/0/0',
  });
  t.throws(() => decode({ x: [1] }, spec('FP16')), { code: 'BAD_FIELD', message: /binary/ });
});

t.test('a missing input, an unknown one and an unknown member are refused and named', async (t) => {
  t.throws(() => decode({}, spec('FP32')), { code: 'BAD_FIELD', pointer: '/inputs/x' });
  t.throws(() => decode({ x: [1], 'y/z': [1] }, spec('FP32')), {
    code: 'BAD_FIELD',
    pointer: '/inputs/y~1z',
  });
  t.throws(() => decode({ x: 5 }, spec('FP32')), { code: 'BAD_FIELD', pointer: '/inputs/x' });
  t.throws(() => decode([], spec('FP32')), { code: 'BAD_FIELD', pointer: '/inputs' });
  const extra = Buffer.from('{"inputs":{"x":[1]},"id":1}');
  t.throws(() => decodeJsonTensors(extra, [spec('FP32')]), { code: 'BAD_FIELD', pointer: '/id' });
  t.throws(() => decodeJsonTensors(Buffer.from('[1]'), [spec('FP32')]), { code: 'BAD_FIELD', pointer: '' });
});

t.test('names of Object.prototype are ordinary names', async (t) => {
  const body = (name: string): Buffer => Buffer.from(`{"inputs":{"${name}":[1]}}`);
  t.throws(() => decodeJsonTensors(body('__proto__'), [spec('FP32')]), {
    code: 'BAD_FIELD',
    pointer: '/inputs/__proto__',
  });
  t.throws(() => decodeJsonTensors(body('x'), [spec('FP32', [], 'toString')]), { code: 'BAD_FIELD' });
  t.same(shapesOf(decodeJsonTensors(body('__proto__'), [spec('FP32', [], '__proto__')])), [[1]]);
});

t.test('a small body cannot ask for a large tensor', async (t) => {
  const rows = Array.from({ length: 10_000 }, () => []);
  t.throws(() => decode({ x: rows }, spec('FP64', [1_000_000_000])), {
    code: 'BAD_SHAPE',
    pointer: '/inputs/x/0',
  });
});

t.test('floats come back from JSON bit for bit', async () => {
  fc.assert(
    fc.property(fc.float32Array({ minLength: 1, noNaN: true, noDefaultInfinity: true }), (floats) => {
      const x = spec('FP32', [floats.length]);
      const [{ data, shape }] = decode({ x: [Array.from(floats, (value) => value + 0)] }, x).inputs as [
        GivenTensor,
      ];
      // JSON.stringify writes -0 as 0.
      const expected = Float32Array.from(floats, (value) => value + 0);
      return shape.join() === `1,${floats.length}` && Buffer.from(expected.buffer).equals(data);
    }),
  );
});
