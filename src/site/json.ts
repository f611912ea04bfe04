/** A JSON value as people like to read it: what fits into a line stays in one, and the kinds of values differ. */
import { html, type Html } from './html.ts';

/** Characters of a line that still fits beside the margins of a phone held upright, more or less. */
const LINE = 72;

const TOKEN = /("(?:[^"\\]|\\.)*")(:)?|(-?\d[\d.eE+-]*|true|false|null)/g;

export const jsonBlock = (value: unknown): Html =>
  html`<pre tabindex="0"><code>${coloured(laidOut(value, ''))}</code></pre>`;

/** The value as JSON text, of which objects and lists that are short take one line. */
export function laidOut(value: unknown, indent: string): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  const inner = `${indent}  `;
  if (isLongRow(value)) return `${open}\n${filled(value, inner)}\n${indent}${close}`;
  const members = Object.entries(value).map(([key, item]) => {
    const name = Array.isArray(value) ? '' : `${JSON.stringify(key)}: `;
    return name + laidOut(item, inner);
  });
  const space = open === '{' ? ' ' : '';
  const line = `${open}${space}${members.join(', ')}${space}${close}`;
  if (members.length === 0) return open + close;
  if (indent.length + line.length <= LINE && !line.includes('\n')) return line;
  return `${open}\n${members.map((member) => inner + member).join(',\n')}\n${indent}${close}`;
}

const isLongRow = (value: object): value is number[] =>
  Array.isArray(value) && value.length * 3 > LINE && value.every((item) => typeof item === 'number');

/** As many numbers in each line as fit. */
function filled(numbers: readonly number[], indent: string): string {
  const lines: string[] = [];
  for (const number of numbers.map(String)) {
    const longer = `${lines.at(-1)}, ${number}`;
    if (lines.length > 0 && indent.length + longer.length < LINE) lines[lines.length - 1] = longer;
    else lines.push(number);
  }
  return lines.map((line) => indent + line).join(',\n');
}

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
