/**
 * What a report is made of, before it is Markdown or HTML: both are written from the same blocks, so that they cannot
 * say different things. Text is Markdown's inline part only: `code`, **bold** and [links](https://example.org).
 */
import type { Repetitions } from '../../record/results.ts';

export type Block = Heading | Text | List | Table | Picture | Spread;

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

/** The single repetitions of a section's main figure: only in HTML, where there is room. */
export interface Spread {
  readonly kind: 'spread';
  /** What the repetitions are of: `requests per second`. */
  readonly of: string;
  readonly rows: readonly { readonly label: string; readonly values: Repetitions }[];
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

export function spread(of: string, rows: Spread['rows']): Spread {
  return { kind: 'spread', of, rows };
}
