import sharp from 'sharp';
import t from 'tap';
import { readWebp, webpOrientation } from '../../src/image/webp.ts';

const WIDTH = 37;
const HEIGHT = 23;
const ANIMATED = 0x02;
const XMP = 0x04;
const EXIF = 0x08;
const SIX = Buffer.from('II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0', 'latin1');
const EIGHT = Buffer.from('tiff:Orientation="8"');

const simple = await sharp({ create: { width: WIDTH, height: HEIGHT, channels: 3, background: '#a63' } })
  .webp()
  .toBuffer();
const picture = simple.subarray(12);

function part(name: string, data: Uint8Array): Buffer {
  const head = Buffer.alloc(8);
  head.write(name, 'latin1');
  head.writeUInt32LE(data.length, 4);
  return Buffer.concat([head, data, Buffer.alloc(data.length & 1)]);
}

/** A file with the extended header. */
function extended(flags: number, ...parts: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(10);
  header.writeUInt8(flags, 0);
  header.writeUIntLE(WIDTH - 1, 4, 3);
  header.writeUIntLE(HEIGHT - 1, 7, 3);
  return part('RIFF', Buffer.concat([Buffer.from('WEBP'), part('VP8X', header), ...parts]));
}

const frame = part('ANMF', Buffer.concat([Buffer.alloc(16), picture]));
const animation = part('ANIM', Buffer.alloc(6));

t.test('an animation of one frame is read, one of more is refused', (t) => {
  t.same(readWebp(extended(ANIMATED, animation, frame)), { width: WIDTH, height: HEIGHT, channels: 3 });
  const two = extended(ANIMATED, animation, frame, frame);
  t.match(readWebp(two), { code: 'UNSUPPORTED_IMAGE', detail: /^Animated WebPs are not served/ });
  t.end();
});

t.test('frames behind the end that the header gives are not counted', (t) => {
  const bytes = Buffer.concat([extended(ANIMATED, animation, frame), frame]);
  t.match(readWebp(bytes), { width: WIDTH, height: HEIGHT });
  t.end();
});

t.test('an animation without a frame is refused', (t) => {
  t.match(readWebp(extended(ANIMATED, animation)), { code: 'UNSUPPORTED_IMAGE' });
  t.match(readWebp(extended(ANIMATED, picture)), { code: 'UNSUPPORTED_IMAGE' });
  t.end();
});

t.test('a frame in a file that is not marked as animated is corrupt', (t) => {
  t.match(readWebp(extended(0, animation, frame)), {
    code: 'IMAGE_CORRUPT',
    detail: /not marked as animated/,
  });
  t.end();
});

t.test('a WebP that is nothing but chunks is given up', (t) => {
  const many = Array<Buffer>(30_000).fill(part('ABCD', new Uint8Array()));
  t.match(readWebp(extended(0, ...many, picture)), { code: 'IMAGE_CORRUPT', detail: /too many chunks/ });
  t.end();
});

t.test('metadata counts only with its flag', (t) => {
  const both = [part('EXIF', SIX), part('XMP ', EIGHT)];
  t.equal(webpOrientation(extended(EXIF | XMP, picture, ...both)), 6);
  t.equal(webpOrientation(extended(XMP, picture, ...both)), 8);
  t.equal(webpOrientation(extended(0, picture, ...both)), 1);
  t.equal(webpOrientation(simple), 1);
  t.end();
});

t.test('metadata that is cut does not count', (t) => {
  const whole = extended(EXIF, picture, part('EXIF', SIX));
  t.equal(webpOrientation(whole.subarray(0, -3)), 1);
  t.end();
});
