import sharp from 'sharp';
import t from 'tap';
import { hasTooManyScans, MAX_SCANS } from '../../../workers/image/scans.ts';

const progressive = await sharp({ create: { width: 40, height: 30, channels: 3, background: '#123' } })
  .jpeg({ progressive: true })
  .toBuffer();
const START_OF_SCAN = Buffer.from([0xff, 0xda]);

/** The file with its second scan, the first of alternating coefficients, `times` times more. */
function withScans(times: number): Buffer {
  const second = progressive.indexOf(START_OF_SCAN, progressive.indexOf(START_OF_SCAN) + 2);
  let end = second + 2 + progressive.readUInt16BE(second + 2);
  while (progressive[end] !== 0xff || progressive[end + 1] === 0) end++;
  const scan = progressive.subarray(second, end);
  return Buffer.concat([
    progressive.subarray(0, end),
    ...Array<Buffer>(times).fill(scan),
    progressive.subarray(end),
  ]);
}

t.test('what an encoder writes is not too much', (t) => {
  t.equal(hasTooManyScans(progressive), false);
  t.end();
});

t.test('the limit itself is allowed and one more is not', (t) => {
  const own = 10; // of libjpeg's script for three components
  t.equal(hasTooManyScans(withScans(MAX_SCANS - own)), false);
  t.equal(hasTooManyScans(withScans(MAX_SCANS - own + 1)), true);
  t.end();
});

t.test('bytes behind the picture, such as a film clip, are not counted', (t) => {
  const clip = Buffer.concat([Buffer.from([0, 2]), Buffer.alloc(4000, Buffer.from([0xff, 0xda, 0, 2]))]);
  t.equal(hasTooManyScans(Buffer.concat([progressive, clip])), false);
  t.end();
});

t.test('bytes in metadata are not counted', (t) => {
  const data = Buffer.alloc(1000, START_OF_SCAN);
  const segment = Buffer.concat([Buffer.from([0xff, 0xe5, 1002 >> 8, 1002 & 255]), data]);
  const bytes = Buffer.concat([progressive.subarray(0, 2), segment, progressive.subarray(2)]);
  t.equal(hasTooManyScans(bytes), false);
  t.end();
});
