/** Whatever a feature store, a file of features or a client sends, it ends in rows of the right length or in its own error. */
import fc from 'fast-check';
import t from 'tap';
import { ServingError } from '../../src/errors.ts';
import { readFeastAnswer } from '../../src/features/feast-answer.ts';
import { StoreFault } from '../../src/features/found.ts';
import { decodeJsonTensors } from '../../src/protocol/v1/codec/tensors/tensors.ts';
import { tableOf } from '../../src/repository/feature-file.ts';
import { ModelError } from '../../src/repository/model-error.ts';
import type { FeaturesConfig } from '../../src/repository/model-json/features.ts';
import { runs } from './runs.ts';

const config: FeaturesConfig = {
  store: 'file',
  file: 'f.json',
  entities: { id: 'int64', name: 'string' },
  features: { x: ['v:a', 'v:b'] },
};
const ROWS = 2;

const scalar = fc.oneof(
  fc.constantFrom(
    null,
    true,
    'PRESENT',
    'NOT_FOUND',
    '2026-11-30T12:00:00Z',
    'v__a',
    1,
    -0.5,
    1e300,
    '\ud800',
  ),
  fc.string({ maxLength: 5 }),
  fc.integer(),
);
const list = fc.array(scalar, { maxLength: 4 });
const often = <T>(usual: fc.Arbitrary<T>) =>
  fc.oneof(
    { weight: 6, arbitrary: usual },
    { weight: 1, arbitrary: fc.oneof(scalar, list, fc.constant({})) },
  );

const column = fc.record(
  {
    values: often(fc.array(scalar, { minLength: ROWS, maxLength: ROWS })),
    statuses: often(
      fc.array(fc.constantFrom('PRESENT', 'NOT_FOUND', 'X', null), { minLength: ROWS, maxLength: ROWS }),
    ),
    event_timestamps: often(fc.array(scalar, { minLength: ROWS, maxLength: ROWS })),
  },
  { requiredKeys: [] },
);
const answer = fc.record(
  {
    metadata: often(fc.record({ feature_names: often(fc.constant(['id', 'v__a', 'v__b'])) })),
    results: often(fc.array(often(column), { minLength: 3, maxLength: 3 })),
  },
  { requiredKeys: [] },
);
const bytes = (content: fc.Arbitrary<unknown>) =>
  fc.oneof(
    { weight: 8, arbitrary: content.map((value) => Buffer.from(JSON.stringify(value))) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }).map((all) => Buffer.from(all)) },
  );

/** Whether `read` returns true, or throws what it may. */
function endsWell(
  read: () => boolean,
  error: typeof StoreFault | typeof ModelError | typeof ServingError,
): boolean {
  try {
    return read();
  } catch (thrown) {
    if (!(thrown instanceof error)) throw thrown;
    return thrown.message.length < 1000;
  }
}

t.test('any answer of a store is a column for each feature, or garbled', async () => {
  const expected = { features: ['v:a', 'v:b'], rows: ROWS };
  fc.assert(
    fc.property(bytes(answer), (body) =>
      endsWell(() => {
        const columns = readFeastAnswer(body, expected);
        return columns.size === 2 && [...columns.values()].every(({ length }) => length === ROWS);
      }, StoreFault),
    ),
    { numRuns: runs(3000) },
  );
});

t.test('any file of features is a table, or is refused with its place', async () => {
  const row = fc.record(
    {
      entities: often(fc.record({ id: often(fc.integer()), name: often(fc.string({ maxLength: 3 })) })),
      at: often(fc.constantFrom('2026-11-30T12:00:00Z', '2026-99-99T99:99:99Z')),
      values: often(fc.dictionary(fc.constantFrom('v:a', 'v:b', 'v:c', '__proto__'), scalar)),
    },
    { requiredKeys: ['entities', 'values'] },
  );
  const file = often(fc.record({ rows: often(fc.array(often(row), { maxLength: 3 })) }));
  fc.assert(
    fc.property(file, (content) =>
      endsWell(() => tableOf(JSON.stringify(content), 'f.json', config).rows.size >= 0, ModelError),
    ),
    { numRuns: runs(3000) },
  );
});

t.test('any entities are rows of keys of their types, or are refused', async () => {
  const entities = often(
    fc.record({
      id: often(fc.array(fc.integer(), { maxLength: 3 })),
      name: often(fc.array(fc.string(), { maxLength: 3 })),
    }),
  );
  const body = bytes(fc.record({ entities }, { requiredKeys: [] }));
  const specs = [{ name: 'x', datatype: 'FP32', shape: [-1, 2] }] as const;
  fc.assert(
    fc.property(body, (sent) =>
      endsWell(() => {
        const { entities: given } = decodeJsonTensors(sent, specs, config);
        return given!.rows.every(([id, name]) => Number.isSafeInteger(id) && typeof name === 'string');
      }, ServingError),
    ),
    { numRuns: runs(3000) },
  );
});
