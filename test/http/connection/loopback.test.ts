import t from 'tap';
import { isLoopback } from '../../../src/http/connection/loopback.ts';

const bytes = (...some: number[]): Uint8Array => Uint8Array.from(some);
const mapped = (...v4: number[]): Uint8Array => bytes(...Array<number>(10).fill(0), 0xff, 0xff, ...v4);
const six = (first: number, last: number): Uint8Array => bytes(first, ...Array<number>(14).fill(0), last);

for (const [name, address, expected] of [
  ['127.0.0.1', bytes(127, 0, 0, 1), true],
  ['127.255.0.9', bytes(127, 255, 0, 9), true],
  ['10.0.0.1', bytes(10, 0, 0, 1), false],
  ['0.0.0.0', bytes(0, 0, 0, 0), false],
  ['::1', six(0, 1), true],
  ['::', six(0, 0), false],
  ['::2', six(0, 2), false],
  ['fe80::1', six(0xfe, 1), false],
  ['::ffff:127.0.0.1', mapped(127, 0, 0, 1), true],
  ['::ffff:10.0.0.1', mapped(10, 0, 0, 1), false],
  ['::127.0.0.1, which is not mapped', bytes(...Array<number>(12).fill(0), 127, 0, 0, 1), false],
  ['nothing', bytes(), false],
] as const) {
  t.test(`${name} is ${expected ? '' : 'not '}this machine`, async (t) => {
    t.equal(isLoopback(address), expected);
  });
}
