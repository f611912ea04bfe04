/** Folders of the models folder that hold model files, but no version that is served. Pure. */
import { basename } from 'node:path';
import type { Repository } from '../repository.ts';

/** By the name of the folder, with all reasons in one. */
export function foldersWithoutVersion({
  root,
  models,
  unavailable,
  warnings,
}: Repository): { readonly name: string; readonly reason: string }[] {
  const known = new Set([...models, ...unavailable].map(({ name }) => name));
  const byName = Map.groupBy(
    warnings.filter(({ folder }) => folder !== root && !known.has(basename(folder))),
    ({ folder }) => basename(folder),
  );
  return [...byName].map(([name, found]) => ({ name, reason: found.map(({ reason }) => reason).join('; ') }));
}
