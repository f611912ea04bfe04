import fc from 'fast-check';
import sharp from 'sharp';
import t from 'tap';
import { ERRORS } from '../../src/errors.ts';
import { readImageHeader } from '../../src/image/header.ts';
import { runs } from './runs.ts';

const WIDTH = 21;
const HEIGHT = 17;
const canvas = () => sharp({ create: { width: WIDTH, height: HEIGHT, channels: 3, background: '#a63' } });
const files = [
  await canvas().jpeg().toBuffer(),
  await canvas().jpeg({ progressive: true }).toBuffer(),
  await canvas().withMetadata({ orientation: 6 }).jpeg().toBuffer(),
  await canvas().png().toBuffer(),
  await canvas().webp().toBuffer(),
  await canvas().webp({ lossless: true }).toBuffer(),
  await canvas().ensureAlpha(0.5).webp().toBuffer(),
];

/** Fails when something is read past the end; a typed array would quietly give undefined. */
const guarded = (bytes: Uint8Array): Uint8Array =>
  new Proxy(bytes, {
    get(target, key) {
      if (typeof key === 'string' && /^\d+$/.test(key) && Number(key) >= target.length) {
        throw new RangeError(`read byte ${key} of ${target.length}`);
      }
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });

/** True when the answer is one that callers can live with, whatever the bytes. */
function isSane(bytes: Uint8Array): boolean {
  const read = readImageHeader(guarded(bytes));
  if ('code' in read) return read.code in ERRORS && read.detail.endsWith('.');
  return (
    Number.isInteger(read.width) &&
    Number.isInteger(read.height) &&
    read.width > 0 &&
    read.height > 0 &&
    read.orientation >= (read.format === 'jpeg' ? 1 : 0) &&
    read.orientation <= (read.format === 'jpeg' ? 8 : 0) &&
    (!read.fast || (read.format === 'jpeg' && read.orientation === 1 && read.channels !== 4))
  );
}

t.test('arbitrary bytes never make it throw or read past the end', (t) => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => isSane(bytes)),
      { numRuns: runs(2000) },
    ),
  );
  t.end();
});

t.test('arbitrary bytes behind the first ones of an image never make it throw', (t) => {
  const start = fc.constantFrom(
    ...files.flatMap((file) => [file.subarray(0, 3), file.subarray(0, 12), file.subarray(0, 33)]),
  );
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 300 }), (head, tail) =>
        isSane(Buffer.concat([head, tail])),
      ),
      { numRuns: runs(2000) },
    ),
  );
  t.end();
});

t.test('a real file with some bytes changed never makes it throw', (t) => {
  const change = fc.tuple(fc.nat({ max: 700 }), fc.integer({ min: 0, max: 255 }));
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(
        fc.constantFrom(...files),
        fc.array(change, { minLength: 1, maxLength: 8 }),
        (file, changes) => {
          const bytes = Uint8Array.from(file);
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          return isSane(bytes);
        },
      ),
      { numRuns: runs(3000) },
    ),
  );
  t.end();
});

t.test('every truncation of a real file is refused or has the right size', (t) => {
  for (const file of files) {
    for (let length = 0; length < file.length; length++) {
      const read = readImageHeader(guarded(file.subarray(0, length)));
      if ('code' in read) {
        const allowed = length === 0 ? ['EMPTY_BODY'] : ['IMAGE_TRUNCATED', 'NOT_AN_IMAGE'];
        if (!allowed.includes(read.code)) t.fail(`${length} bytes: ${read.code} ${read.detail}`);
      } else if (read.width !== WIDTH || read.height !== HEIGHT) {
        t.fail(`${length} bytes: ${read.width} x ${read.height}`);
      }
    }
    t.pass(`${file.length} truncations`);
  }
  t.end();
});
