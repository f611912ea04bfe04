/** All files of a folder, as a signature sees them: no links, nothing that is neither a file nor a folder. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../real-path.ts';
import { shown, unsupported } from './statement.ts';
import { TrustError } from './trust-error.ts';

/** A version has a handful. */
const MAX_FILES = 10_000;

/**
 * Paths below the folder, with `/`, sorted. `ignored`: names directly in it that are left out, with all below them.
 * @throws TrustError for a link, a pipe, or too many files
 */
export async function filesBelow(folder: string, ignored: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  const open = [''];
  for (let above = open.pop(); above !== undefined; above = open.pop()) {
    for (const entry of await entriesOf(join(folder, above))) {
      const name = above === '' ? entry.name : `${above}/${entry.name}`;
      if (ignored.includes(name)) continue;
      if (entry.isDirectory()) open.push(name);
      else if (entry.isFile()) files.push(name);
      else
        throw unsupported(
          `${shown(name)} in ${folder} is a link or no file, which a signature does not cover.`,
        );
      if (files.length + open.length > MAX_FILES)
        throw unsupported(`${folder} has more than ${MAX_FILES} files.`);
    }
  }
  return files.sort();
}

async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    throw new TrustError('changed', `${folder} cannot be read (${codeOf(error)}).`);
  }
}
