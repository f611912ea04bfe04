/** What the page at / is made of: its script, its style sheet, and a few pictures to try it with. */
import { readFileSync } from 'node:fs';
import { scriptOf, styleOf } from '../assets.ts';

/** In the order of their imports. */
const MODULES = [
  'dom',
  'json',
  'words',
  'request',
  'rows',
  'result',
  'strip',
  'models',
  'traffic',
  'main',
] as const;

/** Of a server that explains its answers; behind the others. */
const EXPLAINING = 'why';

/** In the order of the page. */
const STYLE_SHEETS = ['base', 'ask', 'answer', 'now', 'traffic', 'widths'] as const;

/** Names of pictures, which are also the words on their buttons. */
export const SAMPLES = ['cat', 'coffee', 'tripod'] as const;

export const script = (explains: boolean): string =>
  scriptOf([...MODULES, ...(explains ? [EXPLAINING] : [])].map((name) => place(`browser/${name}.js`)));

export const styleSheet = (explains: boolean): string =>
  styleOf(
    [...STYLE_SHEETS, ...(explains ? [EXPLAINING] : [])].map((name) => place(`browser/style/${name}.css`)),
  );

/** A picture as a data URL. */
export const sampleUrl = (name: (typeof SAMPLES)[number]): string =>
  `data:image/webp;base64,${readFileSync(place(`samples/${name}.webp`)).toString('base64')}`;

const place = (file: string): URL => new URL(file, import.meta.url);
