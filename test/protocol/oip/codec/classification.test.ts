import t from 'tap';
import { classified } from '../../../../src/protocol/oip/codec/answer/classification.ts';
import { textsOf } from '../../../../src/tensor/strings.ts';
import type { Datatype, Tensor } from '../../../../src/tensor/tensor.ts';

const LABELS = ['tench', 'tiger cat', 'boxer'];

const scores = (values: readonly number[], ...shape: number[]): Tensor => ({
  name: 'scores',
  datatype: 'FP32',
  shape,
  data: Buffer.from(Float32Array.from(values).buffer),
});

const texts = (tensor: Tensor) => ({ shape: tensor.shape, texts: textsOf(tensor.data) });

t.test('classes are value, index and label, largest first, with six decimals', async (t) => {
  const { shape, texts: classes } = texts(classified(scores([0.1, 0.826453, 0.05], 1, 3), 2, true, LABELS));
  t.strictSame(shape, [1, 2]);
  t.strictSame(classes, ['0.826453:1:tiger cat', '0.100000:0:tench']);
});

t.test('without a label, or with fewer labels than classes, there are value and index', async (t) => {
  t.strictSame(texts(classified(scores([1, 2], 1, 2), 1, true, undefined)).texts, ['2.000000:1']);
  const { texts: classes } = texts(classified(scores([1, 2, 3, 4], 1, 4), 2, true, LABELS));
  t.strictSame(classes, ['4.000000:3', '3.000000:2:boxer']);
});

t.test('each row has its own classes; without a batch axis all elements are ranked together', async (t) => {
  const two = scores([1, 2, 4, 3], 2, 2);
  t.strictSame(texts(classified(two, 1, true, undefined)), {
    shape: [2, 1],
    texts: ['2.000000:1', '4.000000:0'],
  });
  t.strictSame(texts(classified(two, 1, false, undefined)), { shape: [1], texts: ['4.000000:2'] });
});

t.test('equal values are in the order of their indexes', async (t) => {
  const { texts: classes } = texts(classified(scores([1, 5, 5, 1], 4), 4, false, undefined));
  t.strictSame(classes, ['5.000000:1', '5.000000:2', '1.000000:0', '1.000000:3']);
});

t.test('more classes than there are elements are all of them', async (t) => {
  t.strictSame(classified(scores([1, 2], 1, 2), 100, true, undefined).shape, [1, 2]);
  t.strictSame(classified(scores([], 0, 2), 3, true, undefined), {
    name: 'scores',
    datatype: 'BYTES',
    shape: [0, 2],
    data: new Uint8Array(0),
  });
});

t.test('infinite and very large values are written as C does', async (t) => {
  const { texts: classes } = texts(classified(scores([Infinity, 1e30, -Infinity], 3), 3, false, undefined));
  t.strictSame(classes, ['inf:0', '1000000015047466219876688855040.000000:1', '-inf:2']);
});

for (const [datatype, view] of [
  ['INT64', BigInt64Array.of(-5n, 7n)],
  ['UINT8', Uint8Array.of(5, 7)],
] as const satisfies readonly (readonly [Datatype, ArrayBufferView])[]) {
  t.test(`${datatype} values are whole numbers`, async (t) => {
    const data = Buffer.from(view.buffer);
    const { texts: classes } = texts(
      classified({ name: 'n', datatype, shape: [2], data }, 1, false, undefined),
    );
    t.strictSame(classes, ['7:1']);
  });
}

t.test('NaN has no rank', async (t) => {
  t.throws(() => classified(scores([1, NaN], 2), 1, false, undefined), { code: 'NOT_FINITE' });
});

t.test('more elements than can be ranked in time are refused', async (t) => {
  const many = scores(Array(250_001).fill(0), 250_001);
  t.throws(() => classified(many, 1, false, undefined), { code: 'BAD_FIELD' });
});
