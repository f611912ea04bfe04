/**
 * The folder for what can be made again, with one subfolder for each kind of content. Nothing depends on it: whoever
 * cannot use it goes on without.
 */
import { statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from './make-folder.ts';

const GROUP_OR_OTHERS_WRITE = 0o022;

/** With less room nothing of use can be kept. */
const LEAST_BYTES = 1024 * 1024;

/** Where the compiled forms of models are kept. */
export const compiledFolder = (cacheDir: string): string => join(cacheDir, 'compiled');

/** Why nothing can be kept in the cache folder; undefined where something can. */
export function faultOfCache(cacheDir: string): string | undefined {
  try {
    const folder = privateFolder(compiledFolder(cacheDir));
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize < LEAST_BYTES ? `the file system of ${folder} is full` : undefined;
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
  makeFolder(folder, 0o700);
  if (writableByOthers(folder)) throw new Error(`${folder} can be written by other users`);
  return folder;
}

/** Whether another user may write to the folder: a digest taken now says nothing about a file of it a moment later. */
export function writableByOthers(folder: string): boolean {
  const { uid, mode } = statSync(folder);
  return (uid !== 0 && uid !== process.geteuid?.()) || (mode & GROUP_OR_OTHERS_WRITE) !== 0;
}
