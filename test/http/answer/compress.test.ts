import { gunzipSync, inflateSync } from 'node:zlib';
import t from 'tap';
import { answerCoding, compress } from '../../../src/http/answer/compress.ts';

const JSON_TYPE = 'application/json';
const OCTETS = 'application/octet-stream';
const LARGE = 100_000;

for (const [accept, coding] of [
  ['', undefined],
  ['gzip', 'gzip'],
  ['deflate', 'deflate'],
  ['gzip, deflate', 'gzip'],
  ['deflate, gzip', 'gzip'],
  ['gzip;q=0.5, deflate', 'deflate'],
  ['gzip;q=0, deflate;q=0', undefined],
  ['br, zstd', undefined],
  ['br, GZIP', 'gzip'],
  ['identity, *', undefined],
  ['x-gzip', 'gzip'],
  [' , ;q=1,gzip;q=x', undefined],
] as const) {
  t.test(`JSON is ${coding ?? 'not compressed'} for a client that accepts "${accept}"`, async (t) => {
    t.equal(answerCoding(accept, JSON_TYPE, LARGE), coding);
  });
}

t.test('texts are compressed, pictures and small answers are not', async (t) => {
  for (const type of ['text/html; charset=utf-8', 'text/plain', 'application/openmetrics-text; version=1']) {
    t.equal(answerCoding('gzip', type, LARGE), 'gzip', type);
  }
  t.equal(answerCoding('gzip', 'image/webp', LARGE), undefined);
  t.equal(answerCoding('gzip', JSON_TYPE, 2047), undefined);
  t.equal(answerCoding('gzip', JSON_TYPE, 2048), 'gzip');
});

t.test('binary tensors are compressed only for a client that names a single coding', async (t) => {
  t.equal(answerCoding('gzip', OCTETS, LARGE), 'gzip');
  t.equal(answerCoding('deflate', OCTETS, LARGE), 'deflate');
  t.equal(answerCoding('gzip, deflate', OCTETS, LARGE), undefined);
  t.equal(answerCoding('gzip, br', OCTETS, LARGE), undefined);
});

t.test('what is compressed inflates to the same bytes', async (t) => {
  const text = 'héllo '.repeat(1000);
  t.equal(gunzipSync((await compress(text, 'gzip'))!).toString(), text);
  t.equal(inflateSync((await compress(Buffer.from(text), 'deflate'))!).toString(), text);
});

t.test('what would not get smaller stays as it is', async (t) => {
  t.equal(await compress(crypto.getRandomValues(Buffer.alloc(5000)), 'gzip'), undefined);
});
