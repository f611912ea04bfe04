/** A drift.json and lines of rows of any content: read, or refused with their own error. */
import fc from 'fast-check';
import t from 'tap';
import { RowError, RowReader } from '../../src/quality/drift/baseline/row-file.ts';
import { Monitor } from '../../src/quality/drift/monitor.ts';
import { ModelError } from '../../src/repository/model-error.ts';
import { parseReference, textOf } from '../../src/repository/drift/reference.ts';
import { madeReference, Rows } from '../quality/drift/fixtures.ts';
import { runs } from './runs.ts';

const TEXT = textOf(madeReference(new Rows(1), 200, { window: 50 }));

function orRefused<T>(kind: new (...args: never[]) => Error, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof kind && error.message !== '') return undefined;
    throw error;
  }
}

/** The text with some bytes replaced, taken away or put in. */
const damaged = fc
  .tuple(fc.nat(TEXT.length - 1), fc.nat(20), fc.string({ maxLength: 10 }))
  .map(([at, length, put]) => TEXT.slice(0, at) + put + TEXT.slice(at + length));

/** The value at one place replaced by any other. */
const mutated = fc
  .tuple(
    fc.constantFrom(...Object.keys(JSON.parse(TEXT) as object)),
    fc.nat(9),
    fc.jsonValue({ maxDepth: 2 }),
  )
  .map(([key, at, other]) => {
    const reference = JSON.parse(TEXT) as Record<string, unknown>;
    const old = reference[key];
    if (Array.isArray(old) && old.length > 0) old[at % old.length] = other;
    else reference[key] = other;
    return JSON.stringify(reference);
  });

t.test('a drift.json of any content is a reference that can be watched, or refused', async () => {
  fc.assert(
    fc.property(fc.oneof(damaged, mutated, fc.string(), fc.json()), (text) => {
      const reference = orRefused(ModelError, () => parseReference(text, 'drift.json'));
      if (reference === undefined) return;
      const names = {
        numbers: reference.numbers.map(({ feature }) => feature),
        classes: reference.classes.map(({ feature }) => feature),
      };
      const never = { value: Infinity, psi: 0 };
      const thresholds = [...names.numbers, ...names.classes].map(() => [never, never]);
      const monitor = new Monitor({ ...reference, window: 3 }, thresholds, names);
      for (const number of [NaN, -Infinity, 0, 1e300]) {
        monitor.add(
          names.numbers.map(() => number) as unknown as Float64Array,
          names.classes.map(() => String(number)),
        );
      }
    }),
    { numRuns: runs(300) },
  );
});

t.test('a line of any content is a row, or says why not', async () => {
  const reader = new RowReader(
    [
      { name: 'x', datatype: 'FP32', shape: [-1, 2] },
      { name: 'n', datatype: 'INT64', shape: [-1] },
    ],
    true,
  );
  const single = new RowReader([{ name: 't', datatype: 'BYTES', shape: [-1, 2] }], true);
  const line = fc.oneof(
    fc.string(),
    fc.json(),
    fc.array(fc.oneof(fc.double(), fc.string()), { maxLength: 5 }).map((cells) => cells.join(',')),
    fc.record({ x: fc.jsonValue(), n: fc.jsonValue() }).map((value) => JSON.stringify(value)),
  );
  fc.assert(
    fc.property(line, fc.boolean(), (text, first) => {
      const payload = orRefused(RowError, () => reader.read(text, first));
      if (payload !== undefined && payload.inputs[0]!.data.byteLength !== 8) throw new Error('another size');
      orRefused(RowError, () => single.read(text, first));
    }),
    { numRuns: runs(500) },
  );
});
