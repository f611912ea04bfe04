/** Searches a folder for files that are models by their names, wherever they lie in it. */
import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isOnnx, otherFormat } from './formats.ts';
import { insideIfThere } from './real-path.ts';

/** As deep as a hub's cache keeps a model: snapshots/<commit>/onnx/model.onnx. */
const MAX_DEPTH = 4;

/** Folders of photographs have more entries than this, and no models. */
const MAX_ENTRIES = 1000;

/**
 * Names from `folder` down to each file, ONNX before other formats and shallow before deep ones. What cannot be read,
 * begins with a dot, is deeper than four folders, or comes after a thousand entries of a folder, is left out.
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

/** Follows links as long as they stay inside. */
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
