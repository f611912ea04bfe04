/**
 * Writes what is made from results files, or says which of it is not current. A quick run never replaces the documents of
 * a full one, and an unfinished run never makes any: they get their HTML page only.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { documents, htmlReport, type HandWritten } from './documents.ts';
import { allResults, documented, readResults, withPeers } from './source-files.ts';

const PICTURES = 'docs/performance';

export interface Publication {
  /** Where bench/, docs/ and README.md are. */
  readonly root: string;
  /** A results file, from the root. */
  readonly file: string;
  /** Another one whose peers are shown. */
  readonly peersFrom?: string | undefined;
}

/** Writes the page, and the documents where this run is the one that they show. Returns the paths that it wrote. */
export async function publish({ root, file, peersFrom }: Publication): Promise<string[]> {
  const all = allResults(root);
  const own = readResults(root, file);
  const { sources, files } = withPeers(own, all, named(root, peersFrom));
  const page = file.replace(/\.json$/, '.html');
  const made = new Map([[page, htmlReport(sources)]]);
  if (documented(all)?.file === file) {
    for (const [path, text] of await documents(sources, files, handWritten(root))) made.set(path, text);
    for (const path of pictures(root)) if (!made.has(path)) rmSync(join(root, path));
  }
  const written = [...made].filter(([path, text]) => read(root, path) !== text);
  for (const [path, text] of written) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return written.map(([path]) => path);
}

/** The documents that differ from what the documented run gives. None when nothing was ever measured. */
export async function stale(root: string, peersFrom?: string): Promise<string[]> {
  const all = allResults(root);
  const own = documented(all);
  if (!own) return [];
  const { sources, files } = withPeers(own, all, named(root, peersFrom));
  const made = await documents(sources, files, handWritten(root));
  const changed = [...made].filter(([path, text]) => read(root, path) !== text).map(([path]) => path);
  return [...changed, ...pictures(root).filter((path) => !made.has(path))];
}

function named(root: string, file: string | undefined): ReturnType<typeof readResults> | undefined {
  return file === undefined ? undefined : readResults(root, file);
}

function handWritten(root: string): HandWritten {
  const tried = namesIn(root, PICTURES).filter((name) => /^tried.*\.md$/.test(name));
  return {
    readme: read(root, 'README.md'),
    tried: tried.sort().flatMap((name) => read(root, `${PICTURES}/${name}`) ?? []),
  };
}

function pictures(root: string): string[] {
  return namesIn(root, PICTURES)
    .filter((name) => name.endsWith('.svg'))
    .map((name) => `${PICTURES}/${name}`);
}

function namesIn(root: string, folder: string): string[] {
  return orNothing(() => readdirSync(join(root, folder))) ?? [];
}

function read(root: string, file: string): string | undefined {
  return orNothing(() => readFileSync(join(root, file), 'utf8'));
}

/** What it gives, or undefined where there is no such file or folder. */
function orNothing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
