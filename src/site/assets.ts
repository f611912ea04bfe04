/**
 * What a page is made of, read from files: its script, put together from its modules, and its style sheet. Comments and
 * indentation stay there; browsers get the rest as it is.
 */
import { readFileSync } from 'node:fs';

/**
 * All modules as one: a script inside a document has no URL from which another could import. The modules import from each
 * other only, and no two declare the same name. In the order of their imports: each needs only those before it.
 */
export const scriptOf = (files: readonly URL[]): string =>
  files
    .map((file) => without(read(file), SCRIPT_COMMENT))
    .join('\n')
    .replaceAll(/^import [^;]+;\n/gm, '')
    .replaceAll(/^export /gm, '');

/** In the order of the page. */
export const styleOf = (files: readonly URL[]): string =>
  files.map((file) => without(read(file), STYLE_COMMENT)).join('\n');

/** Blocks wherever they are (most name a type), and lines of their own. */
const SCRIPT_COMMENT = /\/\*\*(?:[^*]|\*(?!\/))*\*\/|^ *\/\/[^\n]*$/gm;
const STYLE_COMMENT = /\/\*(?:[^*]|\*(?!\/))*\*\//g;

const without = (text: string, comments: RegExp): string => flat(text.replaceAll(comments, ''));

/** Without indentation and empty lines. No text of a page, and no template of its script, has lines of its own. */
export const flat = (text: string): string => text.replaceAll(/^\s+/gm, '').trimEnd();

const read = (file: URL): string => readFileSync(file, 'utf8');
