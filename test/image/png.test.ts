import sharp from 'sharp';
import t from 'tap';
import { readPng } from '../../src/image/png.ts';
import { chunk } from '../support/png.ts';

const png = await sharp({ create: { width: 37, height: 23, channels: 3, background: '#a63' } })
  .png()
  .toBuffer();
const BEHIND_HEADER = 33;

/** The file with chunks that announce so many frames. */
function announcing(...frames: readonly number[]): Buffer {
  const chunks = frames.map((count) => {
    const data = Buffer.alloc(8);
    data.writeUInt32BE(count);
    return chunk('acTL', data);
  });
  return Buffer.concat([png.subarray(0, BEHIND_HEADER), ...chunks, png.subarray(BEHIND_HEADER)]);
}

t.test('an animation of one frame is read, one of more is refused', (t) => {
  t.same(readPng(announcing(1)), { width: 37, height: 23, channels: 3 });
  t.match(readPng(announcing(2)), { code: 'UNSUPPORTED_IMAGE', detail: /^Animated PNGs are not served/ });
  t.end();
});

t.test('an animation that is announced wrongly counts as none', (t) => {
  for (const frames of [[0], [0xffffffff], [2, 2], [1, 2]]) {
    t.match(readPng(announcing(...frames)), { width: 37 }, `${frames.join(' and ')} frames`);
  }
  t.match(readPng(announcing(2, 2, 2)), { code: 'UNSUPPORTED_IMAGE' });
  t.end();
});

t.test('frames announced behind the picture do not matter', (t) => {
  const data = Buffer.alloc(8, 2);
  const end = png.length - 12;
  const bytes = Buffer.concat([png.subarray(0, end), chunk('acTL', data), png.subarray(end)]);
  t.match(readPng(bytes), { width: 37 });
  t.end();
});
