/**
 * Makes a model what it was before a change: from a backup, whose files are looked for before anything is touched. What is
 * displaced by that is backed up as well, so that a restoration can be undone like any change.
 */
import { ArtifactError } from '../artifact-error.ts';
import { blobKey, type Archive } from './archive.ts';
import { backUp, backupKey, backupsOf, filesOf, type Backup } from './backups.ts';
import { digestOf, type StoredModel } from './index-file.ts';
import { requireNotDeleting } from './push.ts';

export interface Restored {
  readonly model: string;
  /** The backup that was restored. */
  readonly from: string;
  /** Versions whose content is that of the backup now. */
  readonly versions: readonly string[];
  /** Versions that the change had added, and that are gone again. */
  readonly removed: readonly string[];
  /** Of what was displaced. */
  readonly backup: string | undefined;
}

/** `id`: of the backup; by default the newest of the model. @throws ArtifactError */
export async function restore(archive: Archive, model: string, id?: string): Promise<Restored> {
  const backup = await chosen(archive, model, id);
  await requireWhole(archive, backup);
  const { was, added } = backup;
  let made: string | undefined;
  let removed: readonly string[] = [];
  await archive.update(async (index) => {
    const before = index.models[model];
    removed = added.filter((version) => before?.versions[version] !== undefined);
    const left = Object.entries(before?.versions ?? {}).filter(([version]) => !added.includes(version));
    const next: StoredModel = { ...was, versions: { ...Object.fromEntries(left), ...was.versions } };
    if (before !== undefined && isSame(before, next)) return undefined;
    requireNotDeleting(archive, index, model, next);
    const displaced = before && displacedFrom(before, next);
    if (displaced !== undefined) {
      const fresh = Object.keys(next.versions).filter((version) => before?.versions[version] === undefined);
      made = await backUp(archive, model, displaced, { reason: 'restore', added: fresh });
    }
    for (const { sha256, bytes } of filesOf(was)) {
      await archive.store.copy(backupKey(model, backup.id, sha256), blobKey(model, sha256), bytes);
    }
    return { models: { ...index.models, [model]: next }, deleting: index.deleting };
  });
  return { model, from: backup.id, versions: Object.keys(was.versions), removed, backup: made };
}

async function chosen(archive: Archive, model: string, id: string | undefined): Promise<Backup> {
  const backups = await backupsOf(archive, model);
  const [newest] = backups;
  if (newest === undefined) {
    throw new ArtifactError('missing', `There is no backup of ${model} in ${archive.address}.`);
  }
  const found = id === undefined ? newest : backups.find((backup) => backup.id === id);
  if (found !== undefined) return found;
  const there = backups.slice(0, 5).map((backup) => backup.id);
  throw new ArtifactError(
    'missing',
    `There is no backup ${id} of ${model} in ${archive.address}; the newest are ${there.join(', ')}.`,
  );
}

/** @throws ArtifactError when a file of the backup has expired, or is another one */
async function requireWhole(archive: Archive, { model, id, was }: Backup): Promise<void> {
  for (const { sha256, bytes, path } of filesOf(was)) {
    const there = await archive.store.head(backupKey(model, id, sha256));
    if (there?.bytes === bytes) continue;
    const why = there === undefined ? 'is gone' : `has ${there.bytes} bytes instead of ${bytes}`;
    throw new ArtifactError('missing', `The backup ${id} of ${model} is not whole: its ${path} ${why}.`);
  }
}

/** What is there and will not be, with the settings. */
function displacedFrom(before: StoredModel, next: StoredModel): StoredModel {
  const gone = Object.entries(before.versions).filter(
    ([version, { digest }]) => next.versions[version]?.digest !== digest,
  );
  return { ...before, versions: Object.fromEntries(gone) };
}

function isSame(a: StoredModel, b: StoredModel): boolean {
  const textOf = ({ files, versions }: StoredModel): string =>
    JSON.stringify([
      digestOf(files),
      Object.entries(versions)
        .map(([version, { digest }]) => `${version} ${digest}`)
        .sort(),
    ]);
  return textOf(a) === textOf(b);
}
