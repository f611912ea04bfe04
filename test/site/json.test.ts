import fc from 'fast-check';
import t from 'tap';
import { jsonBlock } from '../../src/site/json.ts';
import { JSON_SPELLING, literal } from '../../src/site/literal.ts';

const textOf = (html: string): string =>
  html
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');

t.test('highlighting changes no character of the text', async () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => textOf(jsonBlock(value).text) === literal(value, JSON_SPELLING)),
  );
});

t.test('names, strings and other values have different classes', async (t) => {
  const { text } = jsonBlock({ 'a"b': 'it is 1', n: -1.5e3, b: null });
  t.match(text, '<span class="key">&quot;a\\&quot;b&quot;</span>:');
  t.match(text, '<span class="string">&quot;it is 1&quot;</span>');
  t.match(text, '<span class="literal">-1500</span>');
  t.match(text, '<span class="literal">null</span>');
});
