/**
 * Puts a model of this machine into an archive. Files come first, each under its digest; then a backup of what is displaced;
 * the index last, so that whoever reads it finds all that it names.
 */
import { ArtifactError } from '../artifact-error.ts';
import type { LocalFile, LocalModel } from '../folder/local-model.ts';
import { fileContent } from '../store/content.ts';
import { blobKey, type Archive } from './archive.ts';
import { backUp, filesOf } from './backups.ts';
import {
  digestOf,
  type ArtifactIndex,
  type StoredFile,
  type StoredModel,
  type StoredVersion,
} from './index-file.ts';

export interface Pushed {
  readonly model: string;
  /** Versions that are new in the index. */
  readonly added: readonly string[];
  /** Versions whose content is another one than before. */
  readonly replaced: readonly string[];
  readonly unchanged: readonly string[];
  /** Digest of each version. */
  readonly digests: Readonly<Record<string, string>>;
  /** Whether model.json, the class names or the golden samples are others than before. */
  readonly settings: boolean;
  readonly sentFiles: number;
  readonly sentBytes: number;
  /** Of what was displaced; undefined where nothing was. */
  readonly backup: string | undefined;
}

/** `sent`: called when a file is there, with the bytes so far and of all that are to be sent. @throws ArtifactError */
export async function push(
  archive: Archive,
  local: LocalModel,
  sent: (bytes: number, all: number) => void = () => undefined,
): Promise<Pushed> {
  const { name } = local;
  const uploaded = new Map<string, number>();
  const byDigest = new Map(
    [...local.files, ...[...local.versions.values()].flat()].map((file) => [file.sha256, file]),
  );
  let backup: { of: string; id: string } | undefined;
  let report: Omit<Pushed, 'sentFiles' | 'sentBytes' | 'backup'> | undefined;
  await archive.update(async (index) => {
    const before = index.models[name];
    const next = nextOf(local, before, archive.now().toISOString());
    const difference = differenceOf(before, next, [...local.versions.keys()]);
    report = { model: name, ...difference, digests: digestsOf(next, local) };
    const { added, replaced, settings } = difference;
    if (added.length + replaced.length === 0 && !settings) return undefined;
    await upload(archive, index, name, next, byDigest, uploaded, sent);
    const was = before && displacedBy(before, next, replaced, settings);
    if (was !== undefined && backup?.of !== JSON.stringify(was)) {
      const id = await backUp(archive, name, was, { reason: 'push', added });
      backup = { of: JSON.stringify(was), id };
    }
    return { models: { ...index.models, [name]: next }, deleting: index.deleting };
  });
  const sentBytes = [...uploaded.values()].reduce((sum, bytes) => sum + bytes, 0);
  return { ...report!, sentFiles: uploaded.size, sentBytes, backup: backup?.id };
}

function nextOf(local: LocalModel, before: StoredModel | undefined, pushed: string): StoredModel {
  const own = [...local.versions].map(([version, files]): [string, StoredVersion] => {
    const stored = files.map(plain);
    const digest = digestOf(stored);
    const old = before?.versions[version];
    return [version, old?.digest === digest ? old : { digest, pushed, files: stored }];
  });
  const versions = { ...before?.versions, ...Object.fromEntries(own) };
  const highest = Object.keys(versions).sort((a, b) => Number(b) - Number(a))[0]!;
  return { files: local.files.map(plain), default: local.defaultVersion ?? highest, versions };
}

/** Without the place on this machine. */
const plain = ({ path, sha256, bytes }: LocalFile): StoredFile => ({ path, sha256, bytes });

const digestsOf = ({ versions }: StoredModel, local: LocalModel): Record<string, string> =>
  Object.fromEntries([...local.versions.keys()].map((version) => [version, versions[version]!.digest]));

function differenceOf(
  before: StoredModel | undefined,
  next: StoredModel,
  versions: readonly string[],
): Pick<Pushed, 'added' | 'replaced' | 'unchanged' | 'settings'> {
  const isNew = (version: string): boolean => before?.versions[version] === undefined;
  const isSame = (version: string): boolean =>
    before?.versions[version]?.digest === next.versions[version]!.digest;
  return {
    added: versions.filter(isNew),
    replaced: versions.filter((version) => !isNew(version) && !isSame(version)),
    unchanged: versions.filter(isSame),
    settings: before === undefined || digestOf(before.files) !== digestOf(next.files),
  };
}

/**
 * The versions that are replaced, and the one that answered by default where another one does from now on, or where the
 * settings are others: with the settings as they were. Undefined when nothing of the model is displaced.
 */
export function displacedBy(
  before: StoredModel,
  next: StoredModel | undefined,
  replaced: readonly string[],
  settings: boolean,
): StoredModel | undefined {
  const promoted = before.default !== undefined && before.default !== next?.default;
  if (replaced.length === 0 && !settings && !promoted) return undefined;
  const kept = new Set([...replaced, ...(before.default === undefined ? [] : [before.default])]);
  const versions = Object.entries(before.versions).filter(([version]) => kept.has(version));
  return { ...before, versions: Object.fromEntries(versions) };
}

/** Sends what the index does not name yet. What another index named before may be deleted at any time, so it is sent again. */
async function upload(
  archive: Archive,
  index: ArtifactIndex,
  name: string,
  next: StoredModel,
  local: ReadonlyMap<string, LocalFile>,
  uploaded: Map<string, number>,
  sent: (bytes: number, all: number) => void,
): Promise<void> {
  requireNotDeleting(archive, index, name, next);
  // Sent for an index that has changed since: a whole prune may have come between. What is there now stays, or this index is not
  // the last one.
  for (const sha256 of uploaded.keys()) {
    if ((await archive.store.head(blobKey(name, sha256))) === undefined) uploaded.delete(sha256);
  }
  const before = index.models[name];
  const named = new Set(before === undefined ? [] : filesOf(before).map(({ sha256 }) => sha256));
  const missing = filesOf(next).filter(({ sha256 }) => !named.has(sha256) && !uploaded.has(sha256));
  const all = missing.reduce((sum, { bytes }) => sum + bytes, 0);
  let soFar = 0;
  for (const { sha256, bytes } of missing) {
    await archive.store.put(blobKey(name, sha256), fileContent(local.get(sha256)!.file, bytes, sha256));
    uploaded.set(sha256, bytes);
    sent((soFar += bytes), all);
  }
}

/** @throws ArtifactError when a `prune` was cut off that was deleting one of the files, or goes on */
export function requireNotDeleting(
  archive: Archive,
  { deleting }: ArtifactIndex,
  name: string,
  next: StoredModel,
): void {
  const gone = new Set(deleting.keys);
  const file = filesOf(next).find(({ sha256 }) => gone.has(blobKey(name, sha256)));
  if (file === undefined) return;
  throw new ArtifactError(
    'changed',
    `${file.path} is being deleted from ${archive.address} by a prune: let it finish, or run it again, then repeat this.`,
  );
}
