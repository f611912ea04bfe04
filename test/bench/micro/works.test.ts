import t from 'tap';
import { tableOf } from '../../../bench/micro/all.ts';
import { codecWorks } from '../../../bench/micro/codecs.ts';
import { limitWorks } from '../../../bench/micro/limits.ts';
import { standard, type Photograph } from '../../../tools/photographs/sets.ts';

const [first, second] = (await standard()) as [Photograph, Photograph];
const works = [...codecWorks([first, second]), ...limitWorks()];

t.test('every micro-benchmark can be called repeatedly', async (t) => {
  for (const { name, call } of works) {
    const [one, other] = [await call(), await call()];
    t.strictSame(typeof one, typeof other, name);
  }
});

t.test('a form with two images is read completely each time, although the parser modifies it', async (t) => {
  const { call } = works.find(({ name }) => name.includes('form'))!;
  for (let time = 0; time < 3; time++) {
    const { images } = (await call()) as { images: { bytes: Uint8Array }[] };
    t.strictSame(
      images.map(({ bytes }) => Buffer.from(bytes)),
      [first.bytes, second.bytes],
    );
  }
});

t.test('the names of micro-benchmarks are unique', async (t) => {
  const names = works.map(({ name }) => name);
  t.equal(new Set(names).size, names.length);
});

t.test('a table shows median, minimum and maximum in a fitting unit', async (t) => {
  const table = tableOf([
    { name: 'quick', ns: [12.34, 10, 99] },
    { name: 'slower', ns: [1234, 4321, 2000] },
    { name: 'slowest', ns: [123_456_789] },
  ]);
  t.strictSame(table.split('\n'), [
    'quick     12.3 ns  (10.0 ns to 99.0 ns)',
    'slower    2.00 us  (1.23 us to 4.32 us)',
    'slowest    123 ms  (123 ms to 123 ms)',
  ]);
});
