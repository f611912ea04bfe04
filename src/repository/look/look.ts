/** What lies in the repository at one moment, by model, with stamps that tell whether anything has changed since. */
import { join } from 'node:path';
import { foldersWithoutVersion } from '../misplaced/passed-over.ts';
import { scanRepository, type ModelEntry, type Repository } from '../repository.ts';
import type { Trust } from '../trust/trust.ts';
import { stampsOf } from './stamps.ts';

export interface ModelLook {
  readonly name: string;
  /** Undefined when it cannot be served as it lies there. */
  readonly entry: ModelEntry | undefined;
  /** Why it cannot be served. */
  readonly reason: string | undefined;
  /** A stamp for each version folder, also of those without a model file. */
  readonly stamps: ReadonlyMap<string, string>;
}

export interface Look {
  readonly repository: Repository;
  /** By name. */
  readonly models: ReadonlyMap<string, ModelLook>;
}

/** `modelName` and `trust`: as scanRepository() has it. @throws ModelError when the folder cannot be read */
export async function lookAt(folder: string, modelName?: string, trust?: Trust): Promise<Look> {
  const repository = await scanRepository(folder, modelName, trust);
  const bad = [...repository.unavailable, ...foldersWithoutVersion(repository)];
  const looks = [
    ...repository.models.map((entry) => ({ name: entry.name, entry, reason: undefined })),
    ...bad.map(({ name, reason }) => ({ name, entry: undefined, reason })),
  ].map(async (one) => {
    const stamps = await stampsOf(one.entry?.folder ?? join(repository.root, one.name), one.entry?.versions);
    return [one.name, { ...one, stamps }] as const;
  });
  return { repository, models: new Map(await Promise.all(looks)) };
}

/** The same text as long as nothing of the model has changed; of one that is not there, too. */
export const fingerprintOf = (look: ModelLook | undefined): string =>
  look === undefined
    ? ''
    : JSON.stringify([
        look.reason,
        look.entry?.config,
        look.entry?.labels,
        look.entry?.versions,
        [...look.stamps],
      ]);
