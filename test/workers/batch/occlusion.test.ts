/** A cell of the picture is covered, in every layout that a model may declare, and nothing else changes. */
import t from 'tap';
import type { TensorSpec } from '../../../src/tensor/tensor.ts';
import { occluderOf } from '../../../workers/batch/occlusion.ts';

const SIDE = 5;
const interleaved = { name: 'x', datatype: 'UINT8', shape: [SIDE, SIDE, 3] } as const satisfies TensorSpec;
const planar = { name: 'x', datatype: 'FP32', shape: [3, SIDE, SIDE] } as const satisfies TensorSpec;

/** Pixel (x, y) has 10 y + x in the red channel, 100 in green, and 0 or 1 in turn in blue. */
const valueAt = (x: number, y: number, channel: number): number => [10 * y + x, 100, (x + y) % 2][channel]!;
const MEANS = [22, 100, 12 / 25];

const image = (values: Uint8Array | Float32Array, at: (x: number, y: number, channel: number) => number) => {
  for (let y = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x++) for (let c = 0; c < 3; c++) values[at(x, y, c)] = valueAt(x, y, c);
  return values;
};

const LAYOUTS = [
  [
    'bytes, interleaved',
    interleaved,
    new Uint8Array(75),
    (x: number, y: number, c: number) => (y * SIDE + x) * 3 + c,
  ],
  [
    'floats, in planes',
    planar,
    new Float32Array(75),
    (x: number, y: number, c: number) => c * 25 + y * SIDE + x,
  ],
] as const;

for (const [name, spec, values, at] of LAYOUTS) {
  t.test(`${name}: the cell and those around it have the mean colour, the rest is the image`, async (t) => {
    const occlude = occluderOf(image(values, at), spec);
    const copy = values.slice();
    // Of 5 pixels, the cells of a grid of 4 have one each, and the last has two.
    occlude(copy, 4, 7);
    for (let y = 0; y < SIDE; y++) {
      for (let x = 0; x < SIDE; x++) {
        for (let c = 0; c < 3; c++) {
          const covered = y < 3 && x >= 2;
          const mean = values instanceof Uint8Array ? Math.round(MEANS[c]!) : Math.fround(MEANS[c]!);
          t.equal(copy[at(x, y, c)], covered ? mean : valueAt(x, y, c), `${x} ${y} ${c}`);
        }
      }
    }
  });

  t.test(`${name}: the cells cover every pixel, and as often as their number of neighbours`, async (t) => {
    const occlude = occluderOf(
      values.map((_, index) => (index === at(0, 0, 0) ? 250 : 0)),
      spec,
    );
    // The mean of red is 10: what is covered turns from 0 to 10.
    const covered = new Map<number, number>();
    for (let cell = 0; cell < 9; cell++) {
      const copy = values.slice();
      occlude(copy, 3, cell);
      for (let y = 0; y < SIDE; y++)
        for (let x = 0; x < SIDE; x++)
          if (copy[at(x, y, 0)] === 10) covered.set(y * SIDE + x, (covered.get(y * SIDE + x) ?? 0) + 1);
    }
    t.equal(covered.size, 25);
    t.equal(covered.get(0), 4, 'a corner');
    t.equal(covered.get(2 * SIDE + 2), 9, 'the middle');
  });
}
