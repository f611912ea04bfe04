import sharp from 'sharp';
import t from 'tap';
import { damageOf } from '../../../workers/image/png-damage.ts';
import { chunk } from '../../support/png.ts';

const create = { width: 9, height: 7, channels: 3, background: '#a63' } as const;
const png = await sharp({ create }).png().toBuffer();
const palette = await sharp({ create }).png({ palette: true }).toBuffer();
const at = (name: string, file = png): number => file.indexOf(name) - 4;
const data = png.subarray(at('IDAT') + 8, at('IEND') - 4);
const header = png.subarray(0, 33);
const end = chunk('IEND', new Uint8Array());
const detailOf = (...pieces: readonly Uint8Array[]): string => damageOf(Buffer.concat(pieces)).failure.detail;

t.test('a wrong checksum of what describes the picture is named', (t) => {
  const wrong = Buffer.from(png);
  wrong.writeUInt32BE(1, 29);
  t.match(damageOf(wrong), {
    failure: {
      code: 'IMAGE_CORRUPT',
      detail: 'The PNG cannot be read: the checksum of its IHDR chunk is wrong.',
    },
    repaired: undefined,
  });
  const colours = Buffer.from(palette);
  const plte = at('PLTE', colours);
  colours.writeUInt32BE(1, plte + 8 + colours.readUInt32BE(plte));
  t.match(damageOf(colours), { failure: { detail: /checksum of its PLTE chunk/ }, repaired: undefined });
  t.end();
});

t.test('a palette that is missing is named', (t) => {
  const plte = at('PLTE', palette);
  const without = [palette.subarray(0, plte), palette.subarray(plte + 12 + palette.readUInt32BE(plte))];
  t.match(detailOf(...without), /it has no palette/);
  t.end();
});

t.test('a file that has its end has damaged data, one without is truncated', (t) => {
  t.match(detailOf(header, chunk('IDAT', data.subarray(0, 9)), end), /data is damaged or incomplete/);
  t.match(damageOf(png.subarray(0, -12)).failure, { code: 'IMAGE_TRUNCATED' });
  t.match(damageOf(png.subarray(0, 50)).failure, { code: 'IMAGE_TRUNCATED' });
  t.end();
});

t.test('a wrong checksum of picture data is put right, and unknown chunks are left out', async (t) => {
  const damages = [
    [chunk('IDAT', data, 1), end],
    [chunk('IDAT', data.subarray(0, 9), 1), chunk('IDAT', data.subarray(9)), end],
    [chunk('ABCD', Buffer.from('x')), chunk('IDAT', data), end],
    [chunk('tEXt', Buffer.from('a\0b'), 1), chunk('IDAT', data), end],
    [chunk('IDAT', data).subarray(0, -2)],
  ];
  const expected = await sharp(png).raw().toBuffer();
  for (const pieces of damages) {
    const { repaired } = damageOf(Buffer.concat([header, ...pieces]));
    t.ok(expected.equals(await sharp(repaired).raw().toBuffer()));
  }
});

t.test('where a copy would fail in the same way none is made', (t) => {
  t.equal(damageOf(png).repaired, undefined);
  t.equal(damageOf(png.subarray(0, -30)).repaired, undefined, 'cut in its data');
  t.equal(damageOf(Buffer.concat([header, chunk('IDAT', data.subarray(9)), end])).repaired, undefined);
  t.end();
});

t.test('a file of more chunks than any image has is not repaired', (t) => {
  const empty = chunk('IDAT', new Uint8Array(), 1);
  const { failure, repaired } = damageOf(Buffer.concat([header, ...Array<Buffer>(100_000).fill(empty), end]));
  t.match(failure, { code: 'IMAGE_CORRUPT' });
  t.equal(repaired, undefined);
  t.end();
});

t.test('data that goes on behind another chunk is not put together', (t) => {
  const split = [chunk('IDAT', data.subarray(0, 9), 1), chunk('tEXt', Buffer.from('a\0b'))];
  const { repaired } = damageOf(Buffer.concat([header, ...split, chunk('IDAT', data.subarray(9)), end]));
  t.equal(repaired?.length, header.length + 12 + 9 + 12);
  t.end();
});

t.test('bytes that are no PNG are truncated', (t) => {
  t.match(damageOf(Buffer.from('no image at all')).failure, { code: 'IMAGE_TRUNCATED' });
  t.match(damageOf(new Uint8Array()).failure, { code: 'IMAGE_TRUNCATED' });
  t.end();
});
