/** Where crashes are on record: in the cache folder, else in memory that outlives the process. */
import { join } from 'node:path';
import { privateFolder } from './cache-folder.ts';

/** Every container has it, also one whose root is read-only. */
const SHARED_MEMORY = '/dev/shm';

/** Undefined where neither can be written. Made when it is not there. */
export function crashFolder(cacheDir: string): string | undefined {
  for (const folder of [
    join(cacheDir, 'crashes'),
    join(SHARED_MEMORY, `ortolan-crashes-${process.geteuid?.() ?? 0}`),
  ]) {
    try {
      return privateFolder(folder);
    } catch {
      // The next one.
    }
  }
  return undefined;
}
