/** Bodies with entities instead of the inputs that features fill. */
import t from 'tap';
import { decodeJsonTensors } from '../../../../../src/protocol/v1/codec/tensors/tensors.ts';
import type { FeaturesConfig } from '../../../../../src/repository/model-json/features.ts';
import type { TensorSpec } from '../../../../../src/tensor/tensor.ts';

const features: FeaturesConfig = {
  store: 'feast',
  entities: { driver_id: 'int64', city: 'string' },
  features: { x: ['v:a', 'v:b'] },
};
const specs: readonly TensorSpec[] = [
  { name: 'x', datatype: 'FP32', shape: [-1, 2] },
  { name: 'hour', datatype: 'FP32', shape: [-1, 1] },
];
const decode = (body: unknown, config: FeaturesConfig | undefined = features) =>
  decodeJsonTensors(Buffer.from(JSON.stringify(body)), specs, config);
const KEYS = { driver_id: [1, 2], city: ['Bern', 'Genf'] };
const HOUR = { hour: [[7], [8]] };

t.test('keys come as rows in one order, beside the inputs that are left', async (t) => {
  const { inputs, entities } = decode({ entities: KEYS, inputs: HOUR });
  t.strictSame(entities, {
    rows: [
      ['Bern', 1],
      ['Genf', 2],
    ],
  });
  t.strictSame(
    inputs.map(({ name }) => name),
    ['hour'],
  );
});

t.test('one key without a list is one row', async (t) => {
  const { entities } = decode({ entities: { driver_id: 1, city: 'Bern' }, inputs: { hour: [[7]] } });
  t.strictSame(entities?.rows, [['Bern', 1]]);
});

t.test('a request may give every input itself', async (t) => {
  const { inputs, entities } = decode({ inputs: { x: [[1, 2]], hour: [[7]] } });
  t.equal(inputs.length, 2);
  t.equal(entities, undefined);
});

t.test('inputs may be left out where features fill all of them', async (t) => {
  const all = { ...features, features: { x: ['v:a', 'v:b'], hour: ['v:h'] } };
  t.equal(decode({ entities: KEYS }, all).inputs.length, 0);
  t.throws(() => decode({ entities: KEYS }), { code: 'BAD_FIELD', pointer: '/inputs' });
});

t.test('what is wrong is refused at its place, before any store is asked', async (t) => {
  const cases: readonly [entities: unknown, code: string, pointer: string][] = [
    [[], 'BAD_FIELD', '/entities'],
    ['Bern', 'BAD_FIELD', '/entities'],
    [{ ...KEYS, more: [1] }, 'BAD_FIELD', '/entities/more'],
    [{ city: ['Bern'] }, 'BAD_FIELD', '/entities/driver_id'],
    [{ ...KEYS, city: ['Bern'] }, 'BAD_SHAPE', '/entities/driver_id'],
    [{ driver_id: [], city: [] }, 'EMPTY_BODY', '/entities'],
    [{ ...KEYS, driver_id: [1, '2'] }, 'BAD_FIELD', '/entities/driver_id/1'],
    [{ ...KEYS, driver_id: [1, 1.5] }, 'BAD_FIELD', '/entities/driver_id/1'],
    [{ ...KEYS, driver_id: [1, 2 ** 53] }, 'BAD_FIELD', '/entities/driver_id/1'],
    [{ ...KEYS, driver_id: [1, null] }, 'BAD_FIELD', '/entities/driver_id/1'],
    [{ ...KEYS, city: ['Bern', 5] }, 'BAD_FIELD', '/entities/city/1'],
    [{ ...KEYS, city: ['Bern', 'a\u0000'] }, 'BAD_FIELD', '/entities/city/1'],
    [{ ...KEYS, city: ['Bern', '\ud800'] }, 'BAD_FIELD', '/entities/city/1'],
    [{ ...KEYS, city: ['Bern', 'x'.repeat(513)] }, 'BAD_FIELD', '/entities/city/1'],
    [{ driver_id: Array(1025).fill(1), city: Array(1025).fill('a') }, 'BODY_TOO_LARGE', '/entities'],
  ];
  for (const [entities, code, pointer] of cases)
    t.throws(
      () => decode({ entities, inputs: HOUR }),
      { code, pointer },
      JSON.stringify(entities).slice(0, 60),
    );
});

t.test('an int32 has the range of one', async (t) => {
  const small: FeaturesConfig = { ...features, entities: { n: 'int32' } };
  const of = (n: number) => decode({ entities: { n }, inputs: { hour: [[7]] } }, small).entities?.rows[0];
  t.strictSame([of(2 ** 31 - 1), of(-(2 ** 31))], [[2 ** 31 - 1], [-(2 ** 31)]]);
  for (const n of [2 ** 31, -(2 ** 31) - 1, 0.5]) t.throws(() => of(n), { code: 'BAD_FIELD' });
});

t.test(
  'an input that is filled is not given beside the entities, and one that is missing can be',
  async (t) => {
    t.throws(() => decode({ entities: KEYS, inputs: { ...HOUR, x: [[1, 2]] } }), {
      message: /not both/,
      pointer: '/inputs/x',
    });
    t.throws(() => decode({ inputs: HOUR }), { message: /x is missing.*entities.*driver_id, city/ });
  },
);

t.test('a model without features says that it takes none', async (t) => {
  const body = Buffer.from(JSON.stringify({ entities: KEYS }));
  t.throws(() => decodeJsonTensors(body, specs), { message: /takes no entities/, pointer: '/entities' });
});
