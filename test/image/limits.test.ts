import t from 'tap';
import type { ImageHeader } from '../../src/image/header.ts';
import { refuseLarge } from '../../src/image/limits.ts';

const sized = (width: number, height: number): ImageHeader => ({
  format: 'png',
  width,
  height,
  fast: false,
  progressive: false,
  channels: 3,
  orientation: 1,
});

t.test('an image with as many pixels as are allowed is decoded', async (t) => {
  t.equal(refuseLarge(sized(10, 10), 100), undefined);
  t.match(refuseLarge(sized(101, 1), 100), { code: 'IMAGE_TOO_LARGE', detail: /101 x 1/ });
});

t.test('an image with a side longer than any JPEG has is refused, however thin it is', async (t) => {
  t.equal(refuseLarge(sized(1, 65_535), 50_000_000), undefined);
  t.match(refuseLarge(sized(1, 65_536), 50_000_000), { code: 'IMAGE_TOO_LARGE' });
  t.match(refuseLarge(sized(65_536, 1), 50_000_000), { code: 'IMAGE_TOO_LARGE' });
});
