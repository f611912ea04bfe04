/** A JSON value for people: laid out as source text, with a class for keys, strings and other literals. */
import { html, type Html } from './html.ts';
import { JSON_SPELLING, literal } from './literal.ts';

const TOKEN = /("(?:[^"\\]|\\.)*")(:)?|(-?\d[\d.eE+-]*|true|false|null)/g;

export const jsonBlock = (value: unknown): Html =>
  html`<pre tabindex="0"><code>${coloured(literal(value, JSON_SPELLING))}</code></pre>`;

function coloured(text: string): readonly Html[] {
  const pieces: Html[] = [];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    const [whole, string, colon, literal] = match;
    pieces.push(html`${text.slice(end, match.index)}`);
    if (colon !== undefined) pieces.push(html`<span class="key">${string}</span>:`);
    else if (literal !== undefined) pieces.push(html`<span class="literal">${literal}</span>`);
    else pieces.push(html`<span class="string">${string}</span>`);
    end = match.index + whole.length;
  }
  return [...pieces, html`${text.slice(end)}`];
}
