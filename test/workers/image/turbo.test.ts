import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import t from 'tap';
import { readImageHeader, type ImageHeader } from '../../../src/image-header.ts';
import { decodeTurbo, suitsTurbo } from '../../../workers/image/turbo.ts';

const photo = readFileSync(new URL('../../fixtures/photos/cat.jpg', import.meta.url));
const headerOf = (bytes: Uint8Array): ImageHeader => {
  const header = readImageHeader(bytes);
  if ('code' in header) throw new Error(header.detail);
  return header;
};
const header = headerOf(photo);
const room = (): Buffer => Buffer.alloc(header.width * header.height * 3);
const exact = await sharp(photo).raw().toBuffer();

t.test('pixels are within 7 levels of the exact ones, and about 1 in the mean', (t) => {
  const target = room();
  t.equal(decodeTurbo(photo, header, target), true);
  const distances = [...target].map((value, index) => Math.abs(value - (exact[index] ?? NaN)));
  t.ok(distances.every((distance) => distance <= 7));
  t.ok(distances.reduce((sum, distance) => sum + distance, 0) / distances.length < 1.5);
  t.end();
});

t.test('bytes may lie in shared memory, at any offset', (t) => {
  const shared = new Uint8Array(new SharedArrayBuffer(photo.length + 8), 5, photo.length);
  shared.set(photo);
  const target = room();
  const expected = room();
  t.equal(decodeTurbo(shared, header, target), true);
  decodeTurbo(photo, header, expected);
  t.ok(target.equals(expected));
  t.end();
});

t.test('a file that ends early is left to the other decoder', (t) => {
  t.equal(decodeTurbo(photo.subarray(0, photo.length >> 1), header, room()), false);
  t.end();
});

t.test('a header that promises another size than the file has is not believed', (t) => {
  const { width, height } = header;
  t.equal(decodeTurbo(photo, { ...header, width: width + 1 }, Buffer.alloc((width + 1) * height * 3)), false);
  t.equal(decodeTurbo(photo, { ...header, width: 1, height: 1 }, Buffer.alloc(3)), false);
  t.end();
});

t.test('only JPEGs of ordinary size suit it', (t) => {
  t.equal(suitsTurbo(header, 256), true);
  t.equal(suitsTurbo({ ...header, fast: false }, 256), false);
  t.equal(suitsTurbo({ ...header, width: 512, height: 512 }, 256), false, 'twice the side');
  t.equal(suitsTurbo({ ...header, width: 511, height: 511 }, 256), true);
  t.equal(suitsTurbo({ ...header, width: 2001, height: 1000 }, 1000), false, 'over 2 Mpx');
  t.end();
});
