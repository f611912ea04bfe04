import fc from 'fast-check';
import t from 'tap';
import { JSON_SPELLING, literal } from '../../src/site/literal.ts';

const json = (value: unknown): string => literal(value, JSON_SPELLING);

t.test('a short value stays on one line', async (t) => {
  t.equal(json({ size: 1, reason: 'idle' }), '{ "size": 1, "reason": "idle" }');
  t.equal(json({ x: [[1, 2]], none: {}, empty: [] }), '{ "x": [[1, 2]], "none": {}, "empty": [] }');
});

t.test('a long value has a line for each member', async (t) => {
  const word = 'a'.repeat(60);
  t.equal(json({ a: { b: 1 }, word }), `{\n  "a": { "b": 1 },\n  "word": "${word}"\n}`);
});

t.test('formatting keeps the JSON value', async () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const plain = JSON.stringify(value);
      return JSON.stringify(JSON.parse(json(value))) === plain;
    }),
  );
});

t.test('a long row of numbers fills its lines', async (t) => {
  const text = json({ row: Array.from({ length: 60 }, (_, i) => i) });
  t.match(text, /^\{\n {2}"row": \[\n {4}0, 1, 2, /);
  t.equal(text.split('\n').length, 8);
  for (const line of text.split('\n')) t.ok(line.length <= 72, line);
});
