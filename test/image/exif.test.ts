import t from 'tap';
import { exifOrientation } from '../../src/image/exif.ts';

const PREFIX = Buffer.from('Exif\0\0', 'latin1');
const ORIENTATION = 0x0112;
const MAKE = 0x010f;
const SHORT = 3;
const ASCII = 2;
const AFTER_ONE_ENTRY = 26;

interface Entry {
  readonly tag?: number;
  readonly type?: number;
  readonly count?: number;
  /** The four bytes of the value or of its offset. */
  readonly value: Uint8Array;
}

/** A TIFF block of these entries and what follows them. */
function tiff(little: boolean, entries: readonly Entry[], extra: Uint8Array = new Uint8Array()): Buffer {
  const bytes = Buffer.alloc(8 + 2 + 12 * entries.length + 4);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  bytes.write(little ? 'II*\0' : 'MM\0*', 'latin1');
  view.setUint32(4, 8, little);
  view.setUint16(8, entries.length, little);
  for (const [index, { tag = ORIENTATION, type = SHORT, count = 1, value }] of entries.entries()) {
    const at = 10 + 12 * index;
    view.setUint16(at, tag, little);
    view.setUint16(at + 2, type, little);
    view.setUint32(at + 4, count, little);
    bytes.set(value, at + 8);
  }
  return Buffer.concat([bytes, extra]);
}

/** A number as `bytes` bytes. */
function number(little: boolean, value: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  if (little) buffer.writeIntLE(value, 0, bytes);
  else buffer.writeIntBE(value, 0, bytes);
  return buffer;
}

const short = (value: number): Buffer => number(true, value, 2);
const read = (block: Uint8Array): number | undefined => exifOrientation(block, 0, block.length);

t.test('integers are read at their own width, in either byte order', (t) => {
  const widths: readonly (readonly [number, number])[] = [
    [3, 2],
    [4, 4],
    [6, 1],
    [8, 2],
    [9, 4],
    [13, 4],
  ];
  for (const little of [true, false]) {
    for (const [type, width] of widths) {
      const block = tiff(little, [{ type, value: number(little, 6, width) }]);
      t.equal(read(block), 6, `type ${type}, ${little ? 'little' : 'big'}-endian`);
    }
  }
  t.end();
});

t.test('a value that does not fit into its entry is read where it is', (t) => {
  for (const little of [true, false]) {
    const value = number(little, AFTER_ONE_ENTRY, 4);
    const long8 = Buffer.concat(
      little ? [number(true, 6, 4), Buffer.alloc(4)] : [Buffer.alloc(4), number(false, 6, 4)],
    );
    t.equal(read(tiff(little, [{ type: 16, value }], long8)), 6);
    const shorts = Buffer.concat([6, 8, 1].map((each) => number(little, each, 2)));
    t.equal(read(tiff(little, [{ count: 3, value }], shorts)), 6, 'the first of three');
  }
  t.end();
});

t.test('a value that is no orientation is none, and hides what XMP says', (t) => {
  for (const value of [0, 9, 255]) t.equal(read(tiff(true, [{ value: short(value) }])), 1, `${value}`);
  t.equal(read(tiff(true, [{ type: 4, value: number(true, 0x10006, 4) }])), 1, 'the lower half is 6');
  t.equal(read(tiff(true, [{ type: 8, value: short(-6) }])), 1);
  t.equal(read(tiff(true, [{ type: ASCII, count: 2, value: Buffer.from('6\0') }])), 1);
  t.end();
});

t.test('a block without the tag leaves the answer to XMP', (t) => {
  t.equal(read(new Uint8Array()), undefined);
  t.equal(read(PREFIX), undefined);
  t.equal(read(tiff(true, [])), undefined);
  t.equal(read(tiff(true, [{ tag: MAKE, value: short(6) }])), undefined);
  t.equal(read(tiff(true, [{ count: 0, value: short(6) }])), undefined, 'a tag without a value');
  t.equal(read(tiff(true, [{ type: 99, value: short(6) }])), undefined, 'a tag of an unknown type');
  t.end();
});

t.test('what is no TIFF has no orientation, whatever XMP says', (t) => {
  t.equal(read(Buffer.from('garbage!')), 1);
  t.equal(read(Buffer.from('II*\0', 'latin1')), 1);
  t.end();
});

t.test('the prefix may be missing, or there twice', (t) => {
  const block = tiff(false, [{ value: number(false, 8, 2) }]);
  for (const prefix of [[], [PREFIX], [PREFIX, PREFIX]]) t.equal(read(Buffer.concat([...prefix, block])), 8);
  t.equal(read(Buffer.concat([PREFIX, PREFIX, PREFIX, block])), 1);
  t.end();
});

t.test('a value outside the block ends the reading, one larger than the block is skipped', (t) => {
  const make = (count: number, offset: number): Entry => ({
    tag: MAKE,
    type: ASCII,
    count,
    value: number(true, offset, 4),
  });
  t.equal(read(tiff(true, [make(20, 500), { value: short(6) }])), undefined);
  t.equal(read(tiff(true, [make(2000, 10), { value: short(6) }])), 6);
  t.equal(read(tiff(true, [{ value: short(6) }, make(20, 500)])), 6);
  t.end();
});

t.test('a directory that claims more entries than there are is read as far as it goes', (t) => {
  const block = tiff(true, [{ value: short(6) }]);
  block.writeUInt16LE(0xffff, 8);
  t.equal(read(block), 6);
  t.equal(read(block.subarray(0, 20)), undefined);
  t.end();
});
