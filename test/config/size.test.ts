import fc from 'fast-check';
import t from 'tap';
import { formatSize, parseSize } from '../../src/config/size.ts';

const cases: [string, number][] = [
  ['1048576', 1_048_576],
  ['20MiB', 20_971_520],
  ['512k', 524_288],
  ['1.5 GiB', 1_610_612_736],
  ['2Mi', 2_097_152],
  ['2MB', 2_000_000],
];

for (const [text, bytes] of cases) {
  t.test(`reads ${text} as ${bytes} bytes`, (t) => {
    t.equal(parseSize(text), bytes);
    t.end();
  });
}

for (const text of ['', 'x', '-1', '1e3', '0x10', '5 boxes', '1 2', 'MiB']) {
  t.test(`rejects ${JSON.stringify(text)} as a size`, (t) => {
    t.equal(parseSize(text), undefined);
    t.end();
  });
}

t.test('writes the largest unit that divides the bytes', (t) => {
  t.strictSame([20 * 1024 ** 2, 1536 * 1024, 1_048_577].map(formatSize), [
    '20 MiB',
    '1536 KiB',
    '1048577 bytes',
  ]);
  t.end();
});

t.test('reads back every size that it writes', (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 ** 40 }),
      fc.constantFrom(1, 1024, 2 ** 20, 2 ** 30),
      (count, unit) => parseSize(formatSize(count * unit)) === count * unit,
    ),
  );
  t.end();
});
