/** What a report is made of, before it is Markdown. Text is inline Markdown: `code`, **bold** and [links](https://example.org). */
export type Block = Heading | Text | List | Table | Picture;

export interface Heading {
  readonly kind: 'heading';
  readonly level: 2 | 3;
  readonly text: string;
}

export interface Text {
  readonly kind: 'text';
  readonly text: string;
}

export interface List {
  readonly kind: 'list';
  readonly items: readonly string[];
}

export interface Table {
  readonly kind: 'table';
  readonly heads: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** How many columns at the left are words; the others are numbers and stand to the right. */
  readonly words: number;
}

export interface Picture {
  readonly kind: 'picture';
  /** Name within docs/performance/, without a folder. */
  readonly file: string;
  /** What is to be seen, for those who cannot see it. */
  readonly description: string;
  readonly svg: string;
}

export function heading(level: 2 | 3, text: string): Heading {
  return { kind: 'heading', level, text };
}

export function text(...sentences: readonly string[]): Text {
  return { kind: 'text', text: sentences.join(' ') };
}

export function list(items: readonly string[]): List {
  return { kind: 'list', items };
}

export function table(words: number, heads: readonly string[], rows: readonly (readonly string[])[]): Table {
  return { kind: 'table', heads, rows, words };
}
