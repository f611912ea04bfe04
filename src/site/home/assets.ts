/**
 * What the page at / is made of, read from the files beside this one: the script, put together from its modules, the
 * style sheet, and a few pictures to try it with. Comments and indentation stay here; browsers get the rest as it is.
 */
import { readFileSync } from 'node:fs';

/** In the order of their imports: each needs only those before it. */
const MODULES = ['dom', 'words', 'request', 'rows', 'result', 'strip', 'models', 'traffic', 'main'] as const;

/** In the order of the page. */
const STYLE_SHEETS = ['base', 'ask', 'answer', 'now', 'traffic', 'widths'] as const;

/** Names of pictures, which are also the words on their buttons. */
export const SAMPLES = ['cat', 'coffee', 'tripod'] as const;

/**
 * All modules as one: a script inside a document has no URL from which another could import. The modules import from each
 * other only, and no two declare the same name.
 */
export const script = (): string =>
  MODULES.map((name) => without(read(`browser/${name}.js`), SCRIPT_COMMENT))
    .join('\n')
    .replaceAll(/^import [^;]+;\n/gm, '')
    .replaceAll(/^export /gm, '');

export const styleSheet = (): string =>
  STYLE_SHEETS.map((name) => without(read(`browser/style/${name}.css`), STYLE_COMMENT)).join('\n');

/** A picture as a data URL. */
export const sampleUrl = (name: (typeof SAMPLES)[number]): string =>
  `data:image/webp;base64,${readFileSync(place(`samples/${name}.webp`)).toString('base64')}`;

/** Blocks wherever they are (most name a type), and lines of their own. */
const SCRIPT_COMMENT = /\/\*\*(?:[^*]|\*(?!\/))*\*\/|^ *\/\/[^\n]*$/gm;
const STYLE_COMMENT = /\/\*(?:[^*]|\*(?!\/))*\*\//g;

const without = (text: string, comments: RegExp): string => flat(text.replaceAll(comments, ''));

/** Without indentation and empty lines. No text of the page, and no template of its script, has lines of its own. */
export const flat = (text: string): string => text.replaceAll(/^\s+/gm, '').trimEnd();

const read = (file: string): string => readFileSync(place(file), 'utf8');

const place = (file: string): URL => new URL(file, import.meta.url);
