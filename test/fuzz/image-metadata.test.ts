/** Metadata of which nothing can be trusted: the readers give an orientation, whatever the bytes. */
import { readFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import t from 'tap';
import { exifOrientation } from '../../src/image/exif.ts';
import { readImageHeader } from '../../src/image/header.ts';
import { pngOrientation } from '../../src/image/png-orientation.ts';
import { webpOrientation } from '../../src/image/webp.ts';
import { xmpOrientation } from '../../src/image/xmp.ts';
import { chunk } from '../support/png.ts';
import { runs } from './runs.ts';

const fixture = new URL('../fixtures/odd-files.json', import.meta.url);
const { files } = JSON.parse(readFileSync(fixture, 'utf8')) as { files: readonly { file: string }[] };
const odd = files.map(({ file }) => Buffer.from(file, 'base64'));
const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
const MEBIBYTE = 1024 * 1024;

const isOrientation = (value: number | undefined): boolean =>
  value !== undefined && Number.isInteger(value) && value >= 1 && value <= 8;

/** Every reader is asked about every file: the format says nothing about what follows. */
function isSane(bytes: Uint8Array): boolean {
  const header = readImageHeader(bytes);
  const jpeg = 'code' in header || header.format !== 'jpeg' || isOrientation(header.orientation);
  return jpeg && isOrientation(pngOrientation(bytes)) && isOrientation(webpOrientation(bytes));
}

function isSaneBlock(block: Uint8Array): boolean {
  const bytes = Uint8Array.from(block); // in memory of its own, so that a view beyond its end throws
  const exif = exifOrientation(bytes, 0, bytes.length);
  const xmp = xmpOrientation(bytes, 0, bytes.length);
  return [exif, xmp].every((value) => value === undefined || isOrientation(value));
}

const check = <T>(arbitrary: fc.Arbitrary<T>, holds: (value: T) => boolean): void =>
  fc.assert(fc.property(arbitrary, holds), { numRuns: runs(3000) });

t.test('arbitrary bytes are a block with an orientation or without', (t) => {
  const heads = ['', 'II*\0\x08\0\0\0', 'MM\0*\0\0\0\x08', 'Exif\0\0II*\0\x08\0\0\0', 'tiff:Orientation'];
  const head = fc.constantFrom(...heads.map((text) => Buffer.from(text, 'latin1')));
  const block = fc.tuple(head, fc.uint8Array({ maxLength: 200 })).map((pieces) => Buffer.concat(pieces));
  t.doesNotThrow(() => check(block, isSaneBlock));
  t.end();
});

t.test('directories of arbitrary entries are read within the block', (t) => {
  const entry = fc.record({
    tag: fc.constantFrom(0x0112, 0x010f),
    type: fc.nat({ max: 20 }),
    count: fc.oneof(fc.nat({ max: 4 }), fc.nat({ max: 0xffffffff })),
    value: fc.oneof(fc.nat({ max: 300 }), fc.nat({ max: 0xffffffff })),
  });
  const block = fc.array(entry, { maxLength: 8 }).map((entries) => {
    const bytes = Buffer.alloc(14 + 12 * entries.length + 16, 6);
    bytes.write('II*\0\x08\0\0\0', 'latin1');
    bytes.writeUInt16LE(entries.length, 8);
    for (const [index, { tag, type, count, value }] of entries.entries()) {
      bytes.writeUInt16LE(tag, 10 + 12 * index);
      bytes.writeUInt16LE(type, 12 + 12 * index);
      bytes.writeUInt32LE(count, 14 + 12 * index);
      bytes.writeUInt32LE(value, 18 + 12 * index);
    }
    return bytes;
  });
  t.doesNotThrow(() => check(block, isSaneBlock));
  t.end();
});

t.test('odd files with some bytes changed, or cut off, have an orientation', (t) => {
  const damage = fc.record({
    file: fc.constantFrom(...odd),
    changes: fc.array(fc.tuple(fc.nat({ max: 800 }), fc.nat({ max: 255 })), { maxLength: 8 }),
    cut: fc.option(fc.nat({ max: 800 })),
  });
  t.doesNotThrow(() =>
    check(damage, ({ file, changes, cut }) => {
      const bytes = Uint8Array.from(file);
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      return isSane(bytes.subarray(0, cut ?? bytes.length));
    }),
  );
  t.end();
});

t.test('texts that grow a thousandfold are given up', (t) => {
  const text = Buffer.alloc(64 * MEBIBYTE, ' ');
  text.write('tiff:Orientation="8"', text.length - 20);
  const bomb = deflateSync(text);
  const packed = chunk('zTXt', Buffer.concat([Buffer.from('XML:com.adobe.xmp\0\0'), bomb]));
  const international = chunk('iTXt', Buffer.concat([Buffer.from('XML:com.adobe.xmp\0\x01\0\0\0'), bomb]));
  for (const each of [packed, international]) t.equal(pngOrientation(Buffer.concat([SIGNATURE, each])), 1);
  t.end();
});

t.test('text without end, digits without end and chunks without number are passed over', (t) => {
  const many = (text: string): Buffer => Buffer.alloc(8 * MEBIBYTE, text);
  const texts = [
    Buffer.concat([Buffer.from('XML:com.adobe.xmp\0'), many('tiff:Orientation>x')]),
    Buffer.concat([Buffer.from('Raw profile type exif\0\n\n\n'), many('4d \n')]),
  ];
  for (const text of texts) t.equal(pngOrientation(Buffer.concat([SIGNATURE, chunk('tEXt', text)])), 1);
  const empty = chunk('iTXt', new Uint8Array());
  t.equal(pngOrientation(Buffer.concat([SIGNATURE, ...Array<Buffer>(200_000).fill(empty)])), 1);
  t.end();
});
