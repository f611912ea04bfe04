/** The folder in which Node keeps the code that it has compiled, so that the next start need not compile it again. */
import { enableCompileCache, flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { privateFolder } from './cache-folder.ts';

/**
 * Has Node keep compiled code in the folder `code` of ORTOLAN_CACHE_DIR, for this thread and those to come, from here on.
 * Not where the environment decides on it already, as bin/ortolan does: only that reaches the modules before this one.
 * Node runs what it finds there, and hangs where it cannot make the folder, so it is made here.
 */
export function keepCode(env: NodeJS.ProcessEnv): void {
  const cacheDir = env['ORTOLAN_CACHE_DIR'] ?? '';
  const decided = (env['NODE_COMPILE_CACHE'] ?? '') + (env['NODE_DISABLE_COMPILE_CACHE'] ?? '');
  if (cacheDir === '' || decided !== '') return;
  try {
    const folder = privateFolder(join(cacheDir, 'code'));
    enableCompileCache(folder);
    env['NODE_COMPILE_CACHE'] = folder;
  } catch {
    // Without it the start takes longer.
  }
}

/**
 * Writes what this thread has compiled so far, if code is kept. Node itself does so only when a process ends as it should: the
 * start after a crash would compile everything again.
 */
export function saveCode(): void {
  flushCompileCache();
}
