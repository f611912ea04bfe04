/**
 * The part of the server that a bundle takes along: from decoded pixels to a row of the input, and from scores to classes. The same
 * files, without their types where this server runs from its sources, so that a bundle answers as the server does.
 */
import { readFile } from 'node:fs/promises';
import { extname, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BundleError } from './bundle-error.ts';
import type { BundleFolder } from './folder.ts';

const ROOT = new URL('../../', import.meta.url);

/** `.ts` here and `.js` in dist/. */
const SUFFIX = extname(fileURLToPath(import.meta.url));

/** What the scripts of bundles import; what these import comes along. */
const ENTRIES = ['src/tensor/top-classes', 'workers/image/normalise', 'workers/image/resample'];

const WASM = 'workers/image/resample.wasm';

/** The one line that is another in browsers, where files are fetched. */
const READS = /import \{ readFileSync \} from 'node:fs';/;
const FETCHES = `const file = new Uint8Array(await (await fetch(new URL('./resample.wasm', import.meta.url))).arrayBuffer());
const readFileSync = () => file;`;

/** Puts them below server/, where they find each other as they do here. */
export async function addServerModules(folder: BundleFolder, target: 'browser' | 'node'): Promise<void> {
  const texts = new Map<string, string>();
  for (const entry of ENTRIES) await follow(entry, texts);
  for (const [module, text] of [...texts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    await folder.add(`server/${module}.js`, target === 'browser' ? forBrowsers(text) : text);
  }
  await folder.copy(`server/${WASM}`, fileURLToPath(new URL(WASM, ROOT)));
}

/** Reads a module and those that it imports. */
async function follow(module: string, texts: Map<string, string>): Promise<void> {
  if (texts.has(module)) return;
  const text = await moduleText(module);
  texts.set(module, text);
  for (const [, path] of text.matchAll(/from '(\.[^']*)\.js'/g)) {
    await follow(posix.join(posix.dirname(module), path!), texts);
  }
}

async function moduleText(module: string): Promise<string> {
  const text = await readFile(new URL(`${module}${SUFFIX}`, ROOT), 'utf8');
  const code = SUFFIX === '.ts' ? (await stripper())(text) : text;
  return code
    .replaceAll(/(from '\.[^']*)\.ts'/g, "$1.js'")
    .replaceAll(/^\/\/# sourceMappingURL=.*$/gm, '')
    .replaceAll(/[ \t]+$/gm, '');
}

/** Node.js runs these sources by the same function, but warns of it where it is called by name. */
async function stripper(): Promise<(text: string) => string> {
  const { stripTypeScriptTypes } = await import('node:module');
  return (text) => {
    const warn = Object.getOwnPropertyDescriptor(process, 'emitWarning')!;
    process.emitWarning = () => undefined;
    try {
      return stripTypeScriptTypes(text);
    } finally {
      Object.defineProperty(process, 'emitWarning', warn);
    }
  };
}

/** @throws BundleError when another one of Node's own modules is needed, which no browser has */
function forBrowsers(text: string): string {
  const code = text.replace(READS, FETCHES);
  if (/from 'node:/.test(code)) throw new BundleError('This is a bug: a module of the bundle needs Node.js.');
  return code;
}
