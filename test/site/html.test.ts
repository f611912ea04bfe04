import fc from 'fast-check';
import t from 'tap';
import { html, paragraphs, prose } from '../../src/site/html.ts';

t.test('values in a template are escaped, in elements and attributes', async (t) => {
  const evil = `<script>alert("it's & more")</script>`;
  t.equal(
    html`<p title="${evil}">${evil}</p>`.text,
    '<p title="&lt;script&gt;alert(&quot;it&#39;s &amp; more&quot;)&lt;/script&gt;">' +
      '&lt;script&gt;alert(&quot;it&#39;s &amp; more&quot;)&lt;/script&gt;</p>',
  );
});

t.test('HTML in a template is not escaped twice', async (t) => {
  t.equal(html`<p>${html`<b>${'a & b'}</b>`}</p>`.text, '<p><b>a &amp; b</b></p>');
});

t.test('lists are joined, undefined is nothing, numbers are text', async (t) => {
  t.equal(html`<i>${[html`<b>1</b>`, '<', 2, undefined]}</i>`.text, '<i><b>1</b>&lt;2</i>');
});

t.test('no text can close its element', async () => {
  fc.assert(fc.property(fc.string(), (text) => !/[<>"']/.test(html`${text}`.text)));
});

t.test('backticks make code, whose text is escaped too', async (t) => {
  t.equal(html`${prose('See `a<b>` & c.')}`.text, 'See <code>a&lt;b&gt;</code> &amp; c.');
});

t.test('an empty line makes a new paragraph', async (t) => {
  t.strictSame(
    paragraphs('One.\n\nTwo.').map(({ text }) => text),
    ['<p>One.</p>', '<p>Two.</p>'],
  );
});
