/** The models of which something was pulled into a models folder, and what a pull that was cut off has left there. */
import { readdir } from 'node:fs/promises';
import type { Clock } from '../../clock.ts';
import { homeOf, homesFolder, lockOf } from './home.ts';
import { withLock } from './lock.ts';
import { finish } from './plan.ts';
import { readRecord } from './record.ts';

/** By name; those whose last version has gone are not among them. */
export async function pulledModels(models: string): Promise<readonly string[]> {
  const names: string[] = [];
  for (const name of await homes(models)) {
    const record = await readRecord(homeOf(models, name));
    if (record !== undefined && Object.keys(record.versions).length > 0) names.push(name);
  }
  return names;
}

/** Finishes what was begun: without the store, since all of it lies ready. @throws ArtifactError local */
export async function settle(models: string, clock: Clock, signal: AbortSignal): Promise<void> {
  const names = await homes(models);
  if (names.length === 0) return;
  await withLock(lockOf(models), clock, signal, async () => {
    for (const name of names) await finish(homeOf(models, name));
  });
}

/** None where nothing was ever pulled. */
async function homes(models: string): Promise<readonly string[]> {
  const entries = await readdir(homesFolder(models), { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name);
}
