import { deflateSync } from 'node:zlib';
import t from 'tap';
import { pngOrientation } from '../../src/image/png-orientation.ts';
import { chunk } from '../support/png.ts';

/** Only what the walk over chunks looks at. */
const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
const png = (...chunks: readonly Buffer[]): Buffer => Buffer.concat([SIGNATURE, ...chunks]);

const PROFILE = 'Raw profile type exif';
const XMP = 'XML:com.adobe.xmp';
const SIX = Buffer.from('II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0', 'latin1');
const EIGHT = 'tiff:Orientation="8"';
const MEBIBYTE = 1024 * 1024;

const profile = (digits: string): string => `\nexif\n${String(digits.length / 2).padStart(8)}\n${digits}\n`;
const plain = (keyword: string, text: string): Buffer =>
  chunk('tEXt', Buffer.from(`${keyword}\0${text}`, 'latin1'));
const packed = (keyword: string, stream: Uint8Array): Buffer =>
  chunk('zTXt', Buffer.concat([Buffer.from(`${keyword}\0\0`), stream]));

t.test('a text that grows beyond a mebibyte counts as empty', (t) => {
  const padded = (bytes: number): Buffer => deflateSync(EIGHT.padEnd(bytes));
  t.equal(pngOrientation(png(packed(XMP, padded(MEBIBYTE)))), 8);
  t.equal(pngOrientation(png(packed(XMP, padded(MEBIBYTE + 1)))), 1);
  t.end();
});

t.test('of a compressed text that is cut or damaged the beginning counts', (t) => {
  const stream = deflateSync(EIGHT);
  t.equal(pngOrientation(png(packed(XMP, stream.subarray(0, -4)))), 8, 'without its checksum');
  t.equal(pngOrientation(png(packed(XMP, stream.subarray(0, 8)))), 1);
  t.equal(pngOrientation(png(packed(XMP, Buffer.from('no stream')))), 1);
  t.equal(pngOrientation(png(packed(XMP, new Uint8Array()))), 1);
  t.end();
});

t.test('digits of a profile may stand in lines, and end at what is no digit', (t) => {
  const digits = SIX.toString('hex');
  const lines = `${digits.slice(0, 20)}\n${digits.slice(20)}`;
  t.equal(pngOrientation(png(plain(PROFILE, profile(lines)))), 6);
  t.equal(pngOrientation(png(plain(PROFILE, profile(`${digits}zz`)))), 6);
  t.equal(pngOrientation(png(plain(PROFILE, '\nexif\n'))), 1);
  t.equal(pngOrientation(png(plain(PROFILE, ''))), 1);
  t.end();
});

t.test('the last chunk of a kind counts', (t) => {
  t.equal(pngOrientation(png(plain(XMP, EIGHT), plain(XMP, 'tiff:Orientation="3"'))), 3);
  t.equal(pngOrientation(png(chunk('eXIf', SIX), chunk('eXIf', new Uint8Array()))), 1);
  t.end();
});

t.test('chunks that are cut, and those behind IEND, do not count', (t) => {
  t.equal(pngOrientation(png(chunk('eXIf', SIX).subarray(0, -5))), 1);
  t.equal(pngOrientation(png(chunk('IEND', new Uint8Array()), chunk('eXIf', SIX))), 1);
  t.end();
});

t.test('a text chunk shorter than its head is empty', (t) => {
  for (const name of ['zTXt', 'iTXt']) {
    for (const rest of ['', '\0', '\x01', '\x01\0', '\0\0\0', '\0\0en\0']) {
      const cut = chunk(name, Buffer.from(`${XMP}\0${rest}`, 'latin1'));
      t.equal(pngOrientation(png(cut, plain('Comment', EIGHT))), 1, `${name} ${JSON.stringify(rest)}`);
    }
  }
  t.end();
});
