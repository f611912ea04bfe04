/** Numbers of versions. */
import { readdir } from 'node:fs/promises';
import { isVersion } from '../../repository/versions.ts';

/**
 * The number of the next version: above all that lie in the folder, served or not, and above all that were given before, so that
 * what is known of a version that was rolled back is never taken for that of another one.
 */
export async function nextVersionAbove(folder: string, highest: number): Promise<string> {
  const taken = (await readdir(folder)).filter((name) => isVersion(name)).map(Number);
  return String(Math.max(0, highest, ...taken) + 1);
}
