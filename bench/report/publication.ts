/**
 * Writes what is made from results files, or says which of it is not current. The documents show the newest full run; another
 * run, such as a quick one, gets a document beside its results.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { documents, unpublished, type HandWritten } from './documents.ts';
import { allResults, documented, readResults, withPeers } from './source-files.ts';

const PICTURES = 'docs/performance';

/**
 * `root`: where bench/, docs/ and README.md are. `file`: a results file, from the root; that of the documents when undefined.
 * Returns the paths that it wrote.
 */
export async function publish(root: string, file?: string): Promise<string[]> {
  const all = allResults(root);
  const shown = documented(all);
  const own = file === undefined ? shown : readResults(root, file);
  if (own === undefined) return [];
  const { sources, files } = withPeers(own, all);
  const isShown = own.file === shown?.file;
  const made = isShown
    ? await documents(sources, files, handWritten(root))
    : new Map([[own.file.replace(/\.json$/, '.md'), await unpublished(sources, files)]]);
  if (isShown) for (const path of pictures(root)) if (!made.has(path)) rmSync(join(root, path));
  const written = [...made].filter(([path, text]) => read(root, path) !== text);
  for (const [path, text] of written) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return written.map(([path]) => path);
}

/** The documents that differ from what the documented run gives. None when nothing was ever measured. */
export async function stale(root: string): Promise<string[]> {
  const all = allResults(root);
  const own = documented(all);
  if (!own) return [];
  const { sources, files } = withPeers(own, all);
  const made = await documents(sources, files, handWritten(root));
  const changed = [...made].filter(([path, text]) => read(root, path) !== text).map(([path]) => path);
  return [...changed, ...pictures(root).filter((path) => !made.has(path))];
}

function handWritten(root: string): HandWritten {
  const tried = namesIn(root, PICTURES).filter((name) => /^tried.*\.md$/.test(name));
  return {
    readme: read(root, 'README.md'),
    tried: tried.sort().map((file) => ({
      file,
      title: /^# (.*)$/m.exec(read(root, `${PICTURES}/${file}`) ?? '')?.[1] ?? file,
    })),
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
