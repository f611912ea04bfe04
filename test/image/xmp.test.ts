import t from 'tap';
import { xmpOrientation } from '../../src/image/xmp.ts';

const read = (text: string): number | undefined => {
  const bytes = Buffer.from(text);
  return xmpOrientation(bytes, 0, bytes.length);
};

t.test('an orientation may be an attribute or an element', (t) => {
  t.equal(read('<rdf:Description tiff:Orientation="8"/>'), 8);
  t.equal(read('<tiff:Orientation>3</tiff:Orientation>'), 3);
  t.end();
});

t.test('what Pillow does not find is not found', (t) => {
  for (const text of [
    "tiff:Orientation='6'",
    'tiff:Orientation = "6"',
    'exif:Orientation="6"',
    'tiff:Orientation',
  ]) {
    t.equal(read(text), undefined, text);
  }
  t.end();
});

t.test('the first with a digit counts, whatever the digit', (t) => {
  t.equal(read('tiff:Orientation="" tiff:Orientation="6" tiff:Orientation="8"'), 6);
  t.equal(read('tiff:Orientation="9" tiff:Orientation="6"'), undefined);
  t.equal(read('tiff:Orientation="0"'), undefined);
  t.end();
});

t.test('only the part between the offsets is read', (t) => {
  const bytes = Buffer.from('tiff:Orientation="6" tiff:Orientation="8"');
  t.equal(xmpOrientation(bytes, 1, bytes.length), 8);
  t.equal(xmpOrientation(bytes, 0, 18), undefined);
  t.end();
});

t.test('a text that repeats the name without a value is given up', (t) => {
  const name = 'tiff:Orientation ';
  t.equal(read(`${name.repeat(99)}tiff:Orientation="6"`), 6);
  t.equal(read(`${name.repeat(100_000)}tiff:Orientation="6"`), undefined);
  t.end();
});
