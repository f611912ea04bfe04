import fc from 'fast-check';
import t from 'tap';
import { formulaOf, stepsOf, tablesOf, type PixelStep } from '../../../workers/image/pixel-steps.ts';
import { Resampler } from '../../../workers/image/resample.ts';

const { fround } = Math;
const BYTES = Array.from({ length: 256 }, (_, byte) => byte);
const step = (op: PixelStep['op'], ...by: number[]): PixelStep => ({ op, by: by.map(fround) });

t.test('mean and deviation are applied in single precision after each step', async (t) => {
  const [red, , blue] = tablesOf(stepsOf({ mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }));
  const of = (byte: number, mean: number, std: number): number =>
    fround(fround(fround(byte / 255) - fround(mean)) / fround(std));
  t.strictSame(
    [...red!],
    BYTES.map((byte) => of(byte, 0.485, 0.229)),
  );
  t.strictSame(
    [...blue!],
    BYTES.map((byte) => of(byte, 0.406, 0.225)),
  );
});

t.test('a step may have the byte on its right side', async (t) => {
  const [red] = tablesOf([{ op: 'Sub', by: [1, 1, 1], reversed: true }]);
  t.equal(red![255], -254);
  t.equal(formulaOf([{ op: 'Sub', by: [1, 1, 1], reversed: true }]), undefined);
});

t.test('steps in another order have no formula', async (t) => {
  t.equal(formulaOf([step('Add', 1, 1, 1)]), undefined);
  t.equal(formulaOf([step('Div', 2, 2, 2), step('Mul', 2, 2, 2)]), undefined);
  t.equal(formulaOf([step('Sub', 2, 2, 2), step('Sub', 2, 2, 2)]), undefined);
  t.same(formulaOf([]), { divides: false, constants: [1, 0, 1, 1, 0, 1, 1, 0, 1] });
});

const constant = fc
  .double({ min: 0.001, max: 1000, noNaN: true })
  .chain((size) => fc.constantFrom(size, -size));
const channels = fc.tuple(constant, constant, constant);
const part = (op: PixelStep['op']) =>
  fc.option(
    channels.map((by) => step(op, ...by)),
    { nil: undefined },
  );

/** An odd number of pixels, so that it ends in the middle of a group of sixteen. */
const CROP = 17;

t.test('planes by the formula are those by the tables, bit for bit', async () => {
  const resampler = new Resampler(1024 * 1024);
  const pixels = CROP * CROP;
  const rowBytes = pixels * 3 * 4;
  // One row more, which must stay as it is.
  resampler.begin(2 * rowBytes, { resize: CROP, crop: CROP, filter: 'bicubic' });
  const crop = Uint8Array.from({ length: pixels * 3 }, (_, index) => (index * 37) & 255);
  new Uint8Array(resampler.buffer, resampler.cropAddress, crop.length).set(crop);
  const batch = new Float32Array(resampler.buffer, resampler.batchAddress, pixels * 6);
  const steps = fc
    .constantFrom('Mul' as const, 'Div' as const)
    .chain((op) =>
      fc
        .tuple(part(op), part('Sub'), part(op))
        .map((all) => all.filter((one): one is PixelStep => one !== undefined)),
    );
  fc.assert(
    fc.property(steps, (own) => {
      const formula = formulaOf(own);
      const tables = tablesOf(own);
      if (formula === undefined) return false;
      batch.fill(7);
      resampler.planes(resampler.batchAddress, formula);
      return batch.every((value, at) => {
        const channel = Math.floor(at / pixels);
        const expected = channel > 2 ? 7 : tables[channel]![crop[(at % pixels) * 3 + channel]!]!;
        return Object.is(value, expected);
      });
    }),
    { numRuns: 300 },
  );
});
