import fc from 'fast-check';
import t from 'tap';
import { jsonBlock, laidOut } from '../../src/site/json.ts';

t.test('what is short stays in one line', async (t) => {
  t.equal(laidOut({ size: 1, reason: 'idle' }, ''), '{ "size": 1, "reason": "idle" }');
  t.equal(laidOut({ x: [[1, 2]], none: {}, empty: [] }, ''), '{ "x": [[1, 2]], "none": {}, "empty": [] }');
});

t.test('what is long is broken at its members', async (t) => {
  const word = 'a'.repeat(60);
  t.equal(laidOut({ a: { b: 1 }, word }, ''), `{\n  "a": { "b": 1 },\n  "word": "${word}"\n}`);
});

t.test('it remains the same JSON', async () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const plain = JSON.stringify(value);
      return JSON.stringify(JSON.parse(laidOut(value, ''))) === plain;
    }),
  );
});

const textOf = (html: string): string =>
  html
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');

t.test('colours change no character of it', async () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => textOf(jsonBlock(value).text) === laidOut(value, '')));
});

t.test('names, texts and other values are told apart', async (t) => {
  const { text } = jsonBlock({ 'a"b': 'it is 1', n: -1.5e3, b: null });
  t.match(text, '<span class="key">&quot;a\\&quot;b&quot;</span>:');
  t.match(text, '<span class="string">&quot;it is 1&quot;</span>');
  t.match(text, '<span class="literal">-1500</span>');
  t.match(text, '<span class="literal">null</span>');
});

t.test('a long row of numbers fills its lines', async (t) => {
  const text = laidOut({ row: Array.from({ length: 60 }, (_, i) => i) }, '');
  t.match(text, /^\{\n {2}"row": \[\n {4}0, 1, 2, /);
  t.equal(text.split('\n').length, 8);
  for (const line of text.split('\n')) t.ok(line.length <= 72, line);
});
