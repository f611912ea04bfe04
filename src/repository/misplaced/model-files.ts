/** Searches a folder and those below it for files that are named like models. */
import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isOnnx, otherFormat } from './formats.ts';
import { insideIfThere } from '../real-path.ts';

/** The cache of a model hub keeps a model at snapshots/<commit>/onnx/model.onnx. */
const MAX_DEPTH = 4;

/** Bounds the time for a folder of data; folders of models have fewer entries. */
const MAX_ENTRIES = 1000;

/**
 * Returns the path of each file as names relative to `folder`, ONNX before other formats and shallow before deep ones.
 * Names that begin with a dot, files below MAX_DEPTH, and entries of a folder after the first MAX_ENTRIES are left out, and so
 * is what cannot be read.
 */
export async function findModelFiles(folder: string): Promise<string[][]> {
  const found = await search(folder, folder, []);
  const rank = (path: readonly string[]): number => path.length + (isOnnx(path.at(-1)!) ? 0 : MAX_DEPTH);
  return found.sort((a, b) => rank(a) - rank(b));
}

async function search(root: string, folder: string, above: readonly string[]): Promise<string[][]> {
  const found: string[][] = [];
  for (const entry of (await entriesOf(folder)).slice(0, MAX_ENTRIES)) {
    const path = [...above, entry.name];
    const below = join(folder, entry.name);
    if (isModelFile(entry)) found.push(path);
    else if (path.length < MAX_DEPTH && (await isFolder(root, below, entry))) {
      found.push(...(await search(root, below, path)));
    }
  }
  return found;
}

const isModelFile = (entry: Dirent): boolean =>
  !entry.isDirectory() && (isOnnx(entry.name) || otherFormat(entry.name) !== undefined);

/** Follows links that stay inside `root`. */
async function isFolder(root: string, path: string, entry: Dirent): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  try {
    const real = await insideIfThere(root, path);
    return real !== undefined && (await stat(real)).isDirectory();
  } catch {
    return false;
  }
}

/** Sorted by name, without those that begin with a dot; none for a folder that cannot be read. */
export async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter(({ name }) => !name.startsWith('.')).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return [];
  }
}
