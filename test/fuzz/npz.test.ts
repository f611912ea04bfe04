/** Whatever the bytes, a file of examples ends in rows that keep their promises or in an ExamplesError. */
import fc from 'fast-check';
import t from 'tap';
import { ExamplesError } from '../../src/examples/examples.ts';
import { rowsIn } from '../../src/examples/rows.ts';
import { floats, int64s, npz } from '../support/npz.ts';
import { runs } from './runs.ts';

const good = [false, true].map((packed) =>
  npz({ x: floats([3, 2], [1, 2, 3, 4, 5, 6]), y: int64s([0, 1, 2]) }, packed),
);

/** A good file with some bytes changed, and its end cut off. */
const damaged = fc
  .record({
    file: fc.constantFrom(...good),
    changes: fc.array(fc.tuple(fc.nat(1000), fc.nat(255)), { maxLength: 8 }),
    cut: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(600) }),
  })
  .map(({ file, changes, cut }) => {
    const copy = Buffer.from(file.subarray(0, Math.max(0, file.length - cut)));
    for (const [at, value] of changes) if (copy.length > 0) copy[at % copy.length] = value;
    return copy;
  });

t.test('rows or an ExamplesError', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(damaged, fc.uint8Array().map(Buffer.from)), async (bytes) => {
      try {
        const { items, labelled } = rowsIn(bytes);
        for (const item of items.slice(0, 5)) {
          if (labelled !== (item.label !== undefined)) return false;
          const payload = await item.payload([{ name: 'x', datatype: 'FP32', shape: [-1, -1] }]);
          if (payload.kind !== 'tensors') return false;
          const [input] = payload.inputs;
          if (input!.data.length !== 4 * input!.shape.reduce((a, b) => a * b, 1)) return false;
        }
        return true;
      } catch (error) {
        return error instanceof ExamplesError;
      }
    }),
    { numRuns: runs(3000) },
  );
  t.pass();
});
