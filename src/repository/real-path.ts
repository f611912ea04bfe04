/** Resolves links in paths, and refuses those that lead out of a folder. */
import { realpath } from 'node:fs/promises';
import { basename, sep } from 'node:path';
import { ModelError } from './model-error.ts';

/**
 * `path` with all links resolved.
 * @throws ModelError when that is outside of `folder`, which has no links itself; Error when there is no such path.
 */
export async function inside(folder: string, path: string): Promise<string> {
  const real = await realpath(path);
  if (real.startsWith(folder.endsWith(sep) ? folder : folder + sep)) return real;
  throw new ModelError(
    `${path} leads out of ${basename(folder)}: what a model needs must lie in its folder.`,
  );
}

/** The same; undefined when there is no such path, or a link that leads nowhere. */
export async function insideIfThere(folder: string, path: string): Promise<string | undefined> {
  try {
    return await inside(folder, path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

const isMissing = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '');

/** The system's code of an error, such as EACCES. */
export const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/** A sentence with paths relative to the models folder: clients may read it, and where that folder lies is not theirs to know. */
export const fromRoot = (root: string, sentence: string): string =>
  sentence.replaceAll(root.endsWith(sep) ? root : root + sep, '');
