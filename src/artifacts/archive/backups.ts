/**
 * Backups: copies, within the store, of all files of what a change displaces, in a folder of their own that a lifecycle rule
 * can expire. The description is written last, so that a backup without one was never finished.
 */
import { randomBytes } from 'node:crypto';
import Type, { type Static } from 'typebox';
import { Check } from 'typebox/schema';
import { ArtifactError } from '../artifact-error.ts';
import { objectIn } from '../json-object.ts';
import { textContent } from '../store/content.ts';
import { readText } from '../store/read-text.ts';
import { blobKey, type Archive } from './archive.ts';
import { parseModel, type StoredFile, type StoredModel } from './index-file.ts';

const BackupSchema = Type.Object({
  format: Type.Literal(1),
  model: Type.String(),
  /** ISO 8601. */
  at: Type.String({ maxLength: 40 }),
  /** What the change was: push, remove, restore. */
  reason: Type.String({ maxLength: 40 }),
  /** The model as it was: its own files, and the versions that were displaced. */
  was: Type.Unknown(),
  /** Versions that were not there before the change. */
  added: Type.Array(Type.String({ pattern: '^[1-9][0-9]{0,8}$' })),
});

export type Reason = 'push' | 'remove' | 'restore';

export interface Backup {
  /** `20261201T114200Z-1f2e3d`: sorts by time. */
  readonly id: string;
  readonly model: string;
  readonly at: string;
  readonly reason: string;
  readonly was: StoredModel;
  readonly added: readonly string[];
  /** Milliseconds since 1970, by the clock of the store. */
  readonly writtenAt: number;
}

export const BACKUPS = 'backups/';
const DESCRIPTION = 'backup.json';
const DESCRIPTION_BYTES = 4 * 1024 * 1024;

const folderOf = (model: string, id: string): string => `${BACKUPS}${model}/${id}/`;

export const backupKey = (model: string, id: string, sha256: string): string =>
  `${folderOf(model, id)}sha256-${sha256}`;

/** Copies what is displaced. Returns the id. @throws ArtifactError */
export async function backUp(
  archive: Archive,
  model: string,
  was: StoredModel,
  { reason, added }: { readonly reason: Reason; readonly added: readonly string[] },
): Promise<string> {
  const at = archive.now().toISOString();
  const id = `${at.replaceAll(/[-:]|\.\d{3}/g, '')}-${randomBytes(3).toString('hex')}`;
  for (const { sha256, bytes } of filesOf(was)) {
    await archive.store.copy(blobKey(model, sha256), backupKey(model, id, sha256), bytes);
  }
  const description: Readonly<Static<typeof BackupSchema>> = {
    format: 1,
    model,
    at,
    reason,
    was,
    added: [...added],
  };
  const content = textContent(`${JSON.stringify(description, null, 1)}\n`);
  await archive.store.put(`${folderOf(model, id)}${DESCRIPTION}`, content);
  return id;
}

/** Every file once, by its digest. */
export function filesOf({ files, versions }: StoredModel): readonly StoredFile[] {
  const all = [...files, ...Object.values(versions).flatMap((version) => version.files)];
  return [...new Map(all.map((file) => [file.sha256, file])).values()];
}

/** Finished backups of a model, or of all; the newest first. @throws ArtifactError */
export async function backupsOf(archive: Archive, model?: string): Promise<readonly Backup[]> {
  const backups: Backup[] = [];
  for await (const { key, writtenAt } of archive.store.list(
    model === undefined ? BACKUPS : `${BACKUPS}${model}/`,
  )) {
    const [, name = '', id = '', file, more] = key.split('/');
    if (file !== DESCRIPTION || more !== undefined) continue;
    const backup = await described(archive, key, name);
    if (backup !== undefined) backups.push({ ...backup, id, writtenAt });
  }
  return backups.sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));
}

/** Undefined when it has expired meanwhile. */
async function described(archive: Archive, key: string, name: string) {
  const got = await archive.store.get(key);
  if (got === undefined || got === 'unchanged') return undefined;
  const where = `${archive.address}/${key}`;
  const value: unknown = objectIn(await readText(got, DESCRIPTION_BYTES, where));
  if (!Check(BackupSchema, value) || value.model !== name)
    throw new ArtifactError('corrupt', `${where} describes no backup of ${name}.`);
  const { model, at, reason, was, added } = value;
  return { model, at, reason, added, was: parseModel(model, was, where) };
}
