/** Makes ready beside its place what a model is to become: fetched or copied, each file compared with its digest. */
import { constants } from 'node:fs';
import { copyFile, open, rename, rm, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder } from '../../disk/make-folder.ts';
import { sha256OfFile } from '../../repository/digest.ts';
import { ArtifactError } from '../artifact-error.ts';
import type { OfferedFile, OfferedModel } from '../source/source.ts';
import { admit } from './admit.ts';
import type { Comparison, KnownVersion } from './compare.ts';
import { download, type DownloadSettings } from './download.ts';
import { homesFolder, partOf, type ModelHome } from './home.ts';
import type { PullSettings } from './pull-settings.ts';
import type { PulledRecord, RecordedFile } from './record.ts';

/** What becomes the record of the model. */
export interface Ready {
  readonly files: readonly RecordedFile[];
  readonly versions: Readonly<Record<string, KnownVersion>>;
}

/** `fetched`: called with the bytes that have come. @throws ArtifactError; nothing of it is in its place then */
export async function madeReady(
  home: ModelHome,
  name: string,
  offered: OfferedModel,
  { added, replaced, known, files }: Comparison,
  before: PulledRecord | undefined,
  settings: PullSettings,
  fetched: (bytes: number) => void,
): Promise<Ready> {
  makeFolder(home.fresh);
  const here = filesHere(home, before, known, files.known);
  const fresh = [...added, ...replaced];
  const missing = new Map(
    [...offered.files, ...fresh.flatMap((version) => offered.versions.get(version)!.files)]
      .filter(({ sha256 }) => sha256 === undefined || !here.has(sha256))
      .map((file) => [file.sha256 ?? file.at, file]),
  );
  const all = [...missing.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  await requireRoom(settings.models, all);
  let come = 0;
  const arrived = (bytes: number): void => {
    fetched(bytes);
    settings.arrived?.(name, (come += bytes), all);
  };
  const made = async (below: string, file: OfferedFile): Promise<RecordedFile> => {
    const place = join(home.fresh, below, file.path);
    makeFolder(dirname(place));
    const sha256 = await bring(file, place, here, { ...settings, signal: settings.signal, arrived });
    here.set(sha256, place);
    return { path: file.path, sha256, bytes: file.bytes, facts: '' };
  };
  const shared: RecordedFile[] = [];
  for (const file of offered.files) shared.push(await made('', file));
  const versions = new Map(known);
  for (const version of fresh) {
    const { digest, files: own } = offered.versions.get(version)!;
    const ready: RecordedFile[] = [];
    for (const file of own) ready.push(await made(version, file));
    versions.set(version, { digest, files: ready });
  }
  await admit(home, name, { fresh, stays: [...known.keys()], files: shared }, settings.trust);
  // What stays in its place was only needed for the check.
  for (const { path } of files.known) await rm(join(home.fresh, path), { force: true });
  const stay = new Map(files.known.map((file) => [file.path, file]));
  return { files: shared.map((file) => stay.get(file.path) ?? file), versions: Object.fromEntries(versions) };
}

/** Where files with these digests lie already: those of the record were compared when they were pulled, and are again. */
function filesHere(
  home: ModelHome,
  before: PulledRecord | undefined,
  known: Comparison['known'],
  files: readonly RecordedFile[],
): Map<string, string> {
  const here = new Map<string, string>();
  const add = (folder: string, some: readonly RecordedFile[]): void => {
    for (const { path, sha256 } of some) here.set(sha256, join(folder, path));
  };
  for (const [version, { files: own }] of Object.entries(before?.versions ?? {}))
    add(join(home.model, version), own);
  for (const [version, { files: own }] of known) add(join(home.model, version), own);
  add(home.model, files);
  return here;
}

/** Puts a file in its place of what is made ready. Returns its digest. */
async function bring(
  file: OfferedFile,
  place: string,
  here: ReadonlyMap<string, string>,
  settings: Omit<PullSettings, 'arrived'> & Pick<DownloadSettings, 'arrived' | 'signal'>,
): Promise<string> {
  const { sha256 } = file;
  const local = sha256 === undefined ? undefined : here.get(sha256);
  if (local !== undefined && (await copied(local, place, sha256!))) return sha256!;
  const part = partOf(settings.models, sha256 ?? 'undigested');
  const actual = await download(file, part, settings);
  await rename(part, place);
  return actual;
}

/** Whether the copy is the file that it should be. */
async function copied(from: string, to: string, sha256: string): Promise<boolean> {
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE);
    const handle = await open(to, 'r+');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    if ((await sha256OfFile(to)) === sha256) return true;
  } catch {
    // It is fetched instead.
  }
  await rm(to, { force: true });
  return false;
}

/** @throws ArtifactError local when the disk has no room for so many bytes */
async function requireRoom(models: string, bytes: number): Promise<void> {
  makeFolder(homesFolder(models));
  const { bavail, bsize } = await statfs(homesFolder(models));
  if (bavail * bsize >= bytes) return;
  throw new ArtifactError(
    'local',
    `The disk of ${models} has room for ${bavail * bsize} bytes, and ${bytes} are to be pulled.`,
  );
}
