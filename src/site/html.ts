/** HTML as a value: whatever is put into a template is escaped, unless it is HTML itself. Pure. */

export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Piece = Html | string | number | undefined | readonly Piece[];

/** A template of HTML. Lists are joined; undefined is nothing. Safe in elements and in quoted attributes. */
export function html(literals: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  return new Html(literals.map((literal, i) => (i === 0 ? '' : textOf(pieces[i - 1])) + literal).join(''));
}

/** Paragraphs as the OpenAPI document has them: blank lines between, code in backticks. */
export const paragraphs = (text: string): readonly Html[] =>
  text.split('\n\n').map((paragraph) => html`<p>${prose(paragraph)}</p>`);

/** One sentence or more, with code in backticks. */
export const prose = (text: string): readonly Html[] =>
  text.split('`').map((piece, i) => (i % 2 === 1 ? html`<code>${piece}</code>` : html`${piece}`));

function textOf(piece: Piece): string {
  if (piece === undefined) return '';
  if (piece instanceof Html) return piece.text;
  if (typeof piece === 'string' || typeof piece === 'number') return escaped(String(piece));
  return piece.map(textOf).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (mark) => ENTITIES[mark]!);
