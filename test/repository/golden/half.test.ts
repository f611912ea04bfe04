import t from 'tap';
import { fromHalf, toHalf } from '../../../src/repository/golden/half.ts';

/** Bits of IEEE 754 binary16, and their values. */
const KNOWN: readonly (readonly [bits: number, value: number])[] = [
  [0x0000, 0],
  [0x8000, -0],
  [0x0001, 2 ** -24],
  [0x03ff, 1023 * 2 ** -24],
  [0x0400, 2 ** -14],
  [0x3555, 0.333251953125],
  [0x3c00, 1],
  [0xc000, -2],
  [0x7bff, 65504],
];

t.test('bits are read and written as IEEE 754 has them', async (t) => {
  for (const [bits, value] of KNOWN) {
    t.ok(Object.is(fromHalf(bits), value), String(value));
    t.equal(toHalf(value), bits, String(value));
  }
  t.equal(fromHalf(0x7c00), Infinity);
  t.ok(Number.isNaN(fromHalf(0xfe00)));
});

t.test('every number comes back from its bits', async (t) => {
  const all = Array.from({ length: 0x7c00 }, (_, bits) => bits);
  t.equal(
    all.find((bits) => toHalf(fromHalf(bits)) !== bits),
    undefined,
  );
});

t.test('a number between two goes to the nearest, in the middle to the even one', async (t) => {
  t.equal(toHalf(1 + 1 / 2048), 0x3c00);
  t.equal(toHalf(1 + 3 / 2048), 0x3c02);
  t.equal(toHalf(1.9999), 0x4000);
  t.equal(toHalf(65519.9), 0x7bff);
});

t.test('a number that is too large has no bits', async (t) => {
  t.equal(toHalf(65520), undefined);
  t.equal(toHalf(NaN), undefined);
});
