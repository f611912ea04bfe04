import t from 'tap';
import { elementsIn, floatsIn, updateIn } from '../../src/federated/weights.ts';
import { writeSafetensors, type SafeTensor } from '../../src/tensor/safetensors.ts';
import { tensor } from './fixtures/tensor.ts';

const SHAPES = [
  { name: 'b', shape: [2] },
  { name: 'w', shape: [1, 2] },
];
const B = tensor('b', [2], 1, 2);
const W = tensor('w', [1, 2], 3, 4);
const update = (...tensors: readonly SafeTensor[]) => updateIn(writeSafetensors(tensors), SHAPES);

t.test('an update has the tensors of the round, in any order, and a norm', async (t) => {
  const { tensors, norm } = update(W, B);
  t.strictSame(
    tensors.map(({ name }) => name),
    ['b', 'w'],
  );
  t.equal(norm, Math.sqrt(1 + 4 + 9 + 16));
  t.equal(elementsIn(SHAPES), 4);
});

t.test('anything else is refused with its reason', async (t) => {
  const cases: readonly [SafeTensor[], RegExp][] = [
    [[B], /has to have b, w/],
    [[B, tensor('v', [1, 2], 3, 4)], /has to have b, w/],
    [[B, W, tensor('z', [1], 0)], /"z" is no tensor of this round/],
    [[B, tensor('w', [2, 1], 3, 4)], /shape \[2,1\], and has to have \[1,2\]/],
    [[B, tensor('w', [1, 2], 3, NaN)], /"w" has NaN or an infinity/],
    [[tensor('b', [2], 1, -Infinity), W], /"b" has NaN or an infinity/],
    [[B, { ...W, dtype: 'I32' }], /"w" is I32, not F32/],
    [[], /has 0 tensors/],
    [[tensor('b', [0])], /no elements/],
  ];
  for (const [tensors, message] of cases)
    t.throws(() => update(...tensors), { code: 'UPDATE_REFUSED', status: 422, message });
  t.throws(() => floatsIn(Buffer.from('no')), { code: 'UPDATE_REFUSED', message: /no header/ });
});

t.test('a norm beyond all numbers is refused, not stored as infinite', async (t) => {
  t.doesNotThrow(() => update(B, tensor('w', [1, 2], 3e38, -3e38)), 'its square is a double');
});
