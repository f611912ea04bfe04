/**
 * The folder for what can be made again, with one subfolder for each kind of content. Nothing depends on it: whoever
 * cannot use it goes on without.
 */
import { mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

const GROUP_OR_OTHERS_WRITE = 0o022;

/** Where the compiled forms of models are kept. */
export const compiledFolder = (cacheDir: string): string => join(cacheDir, 'compiled');

/** Why nothing can be kept in the cache folder; undefined where something can. */
export function faultOfCache(cacheDir: string): string | undefined {
  try {
    privateFolder(compiledFolder(cacheDir));
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/**
 * Makes `folder`, and what is missing above it, for this user alone, and returns it. A few system calls, whatever is
 * there.
 * @throws Error of the file system; or when other users can write to a folder that was there.
 */
export function privateFolder(folder: string): string {
  makeFolder(folder);
  if (writableByOthers(folder)) throw new Error(`${folder} can be written by other users`);
  return folder;
}

/** Whether another user may write to the folder: a digest taken now says nothing about a file of it a moment later. */
export function writableByOthers(folder: string): boolean {
  const { uid, mode } = statSync(folder);
  return (uid !== 0 && uid !== process.geteuid?.()) || (mode & GROUP_OR_OTHERS_WRITE) !== 0;
}

/**
 * mkdir with `recursive` never returns where a parent is there and answers ENOENT all the same, as /proc does, and a
 * mount whose source was deleted. One attempt for each folder of the path.
 */
function makeFolder(folder: string): void {
  if (isFolder(folder)) return;
  const parent = dirname(folder);
  if (parent !== folder) makeFolder(parent);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (!isFolder(folder)) throw error; // Another process may have made it meanwhile.
  }
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
