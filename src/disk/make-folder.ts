/** Makes a folder and what is missing above it. */
import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Node's mkdir with `recursive` never returns where a parent is there and answers ENOENT all the same, as /proc does, and
 * a mount whose source was deleted. This one makes one attempt for each folder of the path. `mode`: of those that it makes.
 * @throws Error of the file system
 */
export function makeFolder(folder: string, mode?: number): void {
  if (isFolder(folder)) return;
  const parent = dirname(folder);
  if (parent !== folder) makeFolder(parent, mode);
  try {
    mkdirSync(folder, mode);
  } catch (error) {
    if (!isFolder(folder)) throw error; // Another process may have made it meanwhile.
  }
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
