import sharp from 'sharp';
import t from 'tap';
import { readJpeg } from '../../src/image/jpeg.ts';

const EXIF_OF_LONG_6 = Buffer.from(
  'Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x04\0\0\0\x01\0\0\0\x06\0\0\0\0',
  'latin1',
);
const jpeg = await sharp({ create: { width: 37, height: 23, channels: 3, background: '#a63' } })
  .jpeg()
  .toBuffer();
const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0]));

/** The file with this segment in front. */
function withSegment(marker: number, data: Uint8Array): Buffer {
  const head = Buffer.from([0xff, marker, (data.length + 2) >> 8, (data.length + 2) & 0xff]);
  return Buffer.concat([jpeg.subarray(0, 2), head, data, jpeg.subarray(2)]);
}

/** The file with other bytes in its frame header: the marker, the bits of a sample. */
function withFrame(marker: number, bits = 8): Buffer {
  const bytes = Buffer.from(jpeg);
  bytes[frame + 1] = marker;
  bytes[frame + 4] = bits;
  return bytes;
}

t.test('a JPEG of other than 8 bits is refused with the number', (t) => {
  for (const [marker, bits] of [
    [0xc1, 12],
    [0xc2, 12],
    [0xc9, 12],
    [0xc3, 16],
    [0xc3, 2],
  ] as const) {
    const detail = `JPEGs of ${bits} bits a sample are not served; send one of 8 bits.`;
    t.same(readJpeg(withFrame(marker, bits)), { code: 'UNSUPPORTED_IMAGE', detail });
  }
  t.match(readJpeg(withFrame(0xc0, 0)), { code: 'IMAGE_CORRUPT', detail: /0 bits a sample/ });
  t.match(readJpeg(withFrame(0xc0, 200)), { code: 'IMAGE_CORRUPT', detail: /200 bits a sample/ });
  t.end();
});

t.test('a hierarchical JPEG is refused as such', (t) => {
  for (const marker of [0xc5, 0xc6, 0xc7, 0xcd, 0xce, 0xcf]) {
    t.match(readJpeg(withFrame(marker)), { code: 'UNSUPPORTED_IMAGE', detail: /^Hierarchical/ });
  }
  const begun = withSegment(0xde, Buffer.from([8, 0, 23, 0, 37, 1, 1, 0x11, 0]));
  t.match(readJpeg(begun), { code: 'UNSUPPORTED_IMAGE', detail: /^Hierarchical/ });
  t.end();
});

t.test('of arithmetic coding and lossless frames only both together are refused', (t) => {
  t.match(readJpeg(withFrame(0xcb)), { code: 'UNSUPPORTED_IMAGE', detail: /Lossless .* arithmetic/ });
  t.match(readJpeg(withFrame(0xc3)), { fast: false, progressive: false });
  t.match(readJpeg(withFrame(0xc9)), { fast: false, progressive: false });
  t.match(readJpeg(withFrame(0xca)), { fast: false, progressive: true });
  t.end();
});

t.test('a JPEG that EXIF or XMP turns is not fast', (t) => {
  t.match(readJpeg(withSegment(0xe1, EXIF_OF_LONG_6)), { orientation: 6, fast: false });
  const xmp = Buffer.from('http://ns.adobe.com/xap/1.0/\0<x tiff:Orientation="8"/>', 'latin1');
  t.match(readJpeg(withSegment(0xe1, xmp)), { orientation: 8, fast: false });
  t.match(readJpeg(withSegment(0xe2, EXIF_OF_LONG_6)), { orientation: 1, fast: true }, 'not in APP2');
  t.end();
});

/** The file with a block of EXIF whose directory stands behind so many segments. */
function withExifIn(segments: number): Buffer {
  const head = Buffer.from('II*\0\0\0\0\0', 'latin1');
  head.writeUInt32LE(8 * segments, 4);
  const directory = Buffer.from('\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0', 'latin1');
  const pieces = [head, ...Array<Buffer>(segments - 1).fill(Buffer.alloc(8)), directory];
  const marked = pieces.map((piece) =>
    Buffer.concat([Buffer.from([0xff, 0xe1, 0, piece.length + 8]), Buffer.from('Exif\0\0'), piece]),
  );
  return Buffer.concat([jpeg.subarray(0, 2), ...marked, jpeg.subarray(2)]);
}

t.test('EXIF may be cut into segments, of which so many are read as a real file has', (t) => {
  for (const segments of [1, 2, 15]) t.match(readJpeg(withExifIn(segments)), { orientation: 6 });
  for (const segments of [16, 5000]) t.match(readJpeg(withExifIn(segments)), { orientation: 1, width: 37 });
  t.end();
});
