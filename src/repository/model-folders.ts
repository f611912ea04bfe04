/** Where models lie in the models folder: each in a folder of its own, or one whose name is given and whose place is found. */
import type { Dirent } from 'node:fs';
import { join } from 'node:path';
import { findVersions, findVersionsOfOne } from './versions.ts';

export interface ModelFolder {
  readonly name: string;
  /** Absolute; the root itself when that is the folder of the model. */
  readonly path: string;
}

/** Reserved for programs that made the models. */
export const EXPORT_FOLDER = 'export';

/** The folders that may be models, by name. */
export function foldersByName(root: string, entries: readonly Dirent[]): ModelFolder[] {
  const names = entries.filter((entry) => isCandidate(entry)).map(({ name }) => name);
  return names.sort().map((name) => ({ name, path: join(root, name) }));
}

const isCandidate = (entry: Dirent): boolean =>
  (entry.isDirectory() || entry.isSymbolicLink()) && !entry.name.startsWith('.');

/**
 * The folder of the one model that is to be served by this name, as model servers get it from KServe: the root, with model.onnx
 * or `<version>/model.onnx` in it, or the only folder in it that has versions. Otherwise all folders by their own names.
 */
export async function foldersOfOne(
  root: string,
  folders: readonly ModelFolder[],
  name: string,
): Promise<readonly ModelFolder[]> {
  if ((await findVersionsOfOne(root)).length > 0) return [{ name, path: root }];
  const models = [];
  for (const folder of folders) {
    if (folder.name !== EXPORT_FOLDER && (await hasVersions(root, folder.path))) models.push(folder);
  }
  const [only, another] = models;
  return only === undefined || another !== undefined ? folders : [{ name, path: only.path }];
}

/** A folder that cannot be read has none. */
const hasVersions = (root: string, path: string): Promise<boolean> =>
  findVersions(root, path).then(
    ({ length }) => length > 0,
    () => false,
  );
