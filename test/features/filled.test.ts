import t from 'tap';
import { fill, type FillFacts } from '../../src/features/filled.ts';
import type { Found } from '../../src/features/found.ts';
import { keyOf } from '../../src/repository/feature-file.ts';
import type { FeaturesConfig } from '../../src/repository/model-json/features.ts';
import { elementsIn, type Datatype, type TensorSpec } from '../../src/tensor/tensor.ts';

const NOW = 1_000_000;
const config: FeaturesConfig = {
  store: 'feast',
  entities: { id: 'int64' },
  features: { x: ['v:a', 'v:b'] },
};
const spec = (datatype: Datatype = 'FP32', ...row: readonly number[]): TensorSpec => ({
  name: 'x',
  datatype,
  shape: [-1, ...(row.length === 0 ? [2] : row)],
});
const value = (given: unknown, ageS?: number): Found => ({
  value: given,
  at: ageS === undefined ? undefined : NOW - ageS * 1000,
});

function filled(a: readonly Found[], b: readonly Found[], changed: Partial<FillFacts> = {}) {
  const entities = { rows: a.map((_, row) => [row]) };
  const columns = new Map([
    ['v:a', a],
    ['v:b', b],
  ]);
  return fill(entities, { config, specs: [spec()], columns, table: undefined, now: NOW, ...changed });
}

t.test('rows are filled feature by feature, in the order of model.json', async (t) => {
  const { inputs, defaulted, ages, counts } = filled([value(1, 5), value(2, 9)], [value(3), value(4, 1)]);
  const [{ name, shape, data, datatype }] = inputs as [(typeof inputs)[0]];
  t.match({ name, shape }, { name: 'x', shape: [2, 2] });
  t.strictSame([...elementsIn(datatype, data)], [1, 3, 2, 4]);
  t.strictSame(defaulted, []);
  t.strictSame(
    [...ages],
    [
      ['v:a', 9000],
      ['v:b', 1000],
    ],
  );
  t.strictSame([...counts], [['present', 4]]);
});

t.test('a default takes the place of each lack, and the answer can say which', async (t) => {
  const a = ['missing', value(1, 100), value('text'), value(1, 50)] as Found[];
  const b = a.map(() => value(0));
  const { inputs, defaulted } = filled(a, b, {
    config: { ...config, defaults: { 'v:a': -1 }, maxAgeS: 60 },
  });
  t.strictSame([...elementsIn('FP32', inputs[0]!.data)], [-1, 0, -1, 0, -1, 0, 1, 0]);
  t.strictSame(defaulted, [
    { feature: 'v:a', reason: 'missing', rows: [0] },
    { feature: 'v:a', reason: 'stale', rows: [1] },
    { feature: 'v:a', reason: 'invalid', rows: [2] },
  ]);
});

t.test('without a default the row is refused, and the message says why', async (t) => {
  const reasons: readonly [Found, RegExp][] = [
    ['missing', /v:b has no value for row 0/],
    [value(1, 61), /too old/],
    [value([1]), /does not take/],
    [value(1e39), /does not take/],
    [value(Number.NaN), /does not take/],
    [value('NaN'), /does not take/],
    [value(true), /does not take/],
  ];
  for (const [found, message] of reasons) {
    t.throws(() => filled([value(1)], [found], { config: { ...config, maxAgeS: 60 } }), {
      code: 'FEATURES_MISSING',
      message,
      pointer: '/entities',
    });
  }
});

t.test('a store that cannot be asked is an error that may be tried again, or all defaults', async (t) => {
  t.throws(() => filled([value(1)], [value(2)], { columns: undefined }), {
    code: 'FEATURES_UNAVAILABLE',
    retryable: true,
  });
  const defaults = { 'v:a': 5, 'v:b': 6 };
  const { inputs, defaulted } = filled([value(1)], [value(2)], {
    columns: undefined,
    config: { ...config, defaults },
  });
  t.strictSame([...elementsIn('FP32', inputs[0]!.data)], [5, 6]);
  t.match(defaulted, [{ reason: 'unavailable' }, { reason: 'unavailable' }]);
});

t.test('the embedded file comes before the defaults, and counts as one', async (t) => {
  const table = {
    digest: '',
    rows: new Map([[keyOf([1]), { values: { 'v:a': 8, 'v:b': null }, at: undefined }]]),
  };
  const { inputs, defaulted } = filled(['missing', 'missing'], ['missing', 'missing'], {
    table,
    config: { ...config, defaults: { 'v:a': -1, 'v:b': -2 } },
  });
  t.strictSame([...elementsIn('FP32', inputs[0]!.data)], [-1, -2, 8, -2]);
  t.strictSame(defaulted[0], { feature: 'v:a', reason: 'missing', rows: [0, 1] });
});

t.test('other data types and shapes: integers, booleans, texts, an open row, one number a row', async (t) => {
  const one = { ...config, features: { x: ['v:a'] } };
  const of = (datatype: Datatype, given: unknown, ...row: number[]) =>
    filled([value(given)], [value(0)], { config: one, specs: [{ ...spec(datatype), shape: [-1, ...row] }] })
      .inputs[0]!;
  t.strictSame([...elementsIn('INT64', of('INT64', 7, 1).data)], [7n]);
  t.strictSame([...of('BOOL', true, 1).data], [1]);
  t.strictSame(of('FP32', 2).shape, [1]);
  t.strictSame(of('FP32', 2, -1).shape, [1, 1]);
  t.equal(Buffer.from(of('BYTES', 'é', 1).data).toString('utf8', 4), 'é');
  t.throws(() => of('INT64', 0.5, 1), { code: 'FEATURES_MISSING' });
});
