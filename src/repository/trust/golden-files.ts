/** The golden samples of a model, as files to be signed. */
import { join } from 'node:path';
import { GOLDEN_FOLDER } from '../golden/samples.ts';
import { codeOf } from '../real-path.ts';
import { readdir } from 'node:fs/promises';
import { TrustError } from './trust-error.ts';

/**
 * All that lies in the folder of golden samples, as paths relative to the folder of the model, sorted; none without one.
 * @throws TrustError when it cannot be read
 */
export async function goldenFiles(folder: string): Promise<readonly string[]> {
  const golden = join(folder, GOLDEN_FOLDER);
  const names = await readdir(golden).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return [];
    throw new TrustError('changed', `${golden} cannot be read (${codeOf(error)}).`);
  });
  return names.map((name) => `${GOLDEN_FOLDER}/${name}`).toSorted();
}
