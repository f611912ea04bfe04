/** Files of models, put in place in one step: written beside, then renamed. */
import { constants } from 'node:fs';
import { copyFile, lstat, mkdir, readdir, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { PipelineError } from '../pipeline-error.ts';

/**
 * A new folder with the same files. Never by hard links: a further name changes the times of a file, by which the server sees
 * that it is another one. Where the file system can share the bytes of a copy, it does.
 */
export async function copyFolder(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (entry.name.startsWith('.')) continue; // Of other programs that make something.
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    const real = entry.isSymbolicLink() ? await realpath(source) : source;
    if ((await lstat(real)).isDirectory()) await copyFolder(real, target);
    else await copyFile(real, target, constants.COPYFILE_FICLONE);
  }
}

/**
 * The same of a folder that a trainer has filled: files and folders alone. A link could lead to a key of the pipeline, which would be
 * served and pushed as a part of the model; whoever reads a pipe waits for ever.
 * @throws PipelineError for anything else
 */
export async function copyPlain(from: string, to: string): Promise<void> {
  if (!(await lstat(from)).isDirectory()) throw notPlain(from);
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (entry.name.startsWith('.')) continue;
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyPlain(source, target);
    else if (entry.isFile()) await copyFile(source, target, constants.COPYFILE_FICLONE);
    else throw notPlain(source);
  }
}

const notPlain = (path: string): PipelineError =>
  new PipelineError(`${path} is a link, or no file: a candidate is files and folders alone.`);

/**
 * Puts a copy of a file in the place of another one, on the same file system. The copy is made beside `from`: what a process that was
 * killed leaves in the folder of a version would be a file that nobody has signed.
 */
export async function putFile(from: string, to: string): Promise<void> {
  const beside = besideOf(from);
  await copyFile(from, beside, constants.COPYFILE_FICLONE);
  await rename(beside, to);
}

export async function putText(text: string, to: string): Promise<void> {
  const beside = besideOf(to);
  await writeFile(beside, text, { flush: true });
  await rename(beside, to);
}

/** A name that no look at the repository sees. */
const besideOf = (path: string): string => join(dirname(path), `.${basename(path)}.part`);

export const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

/** Removes a folder with all in it; one that is not there is no error. */
export const removeFolder = (path: string): Promise<void> => rm(path, { recursive: true, force: true });
