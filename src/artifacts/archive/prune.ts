/**
 * Deletes what is old from a store that does not do so by itself: backups after their time, and files that no index names any
 * more. What is to go is written into the index before it goes, so that nobody can begin to name it meanwhile; a prune that
 * was cut off is finished by the next.
 */
import { ArtifactError } from '../artifact-error.ts';
import { blobKey, type Archive } from './archive.ts';
import { BACKUPS, filesOf } from './backups.ts';
import { NOT_DELETING, type ArtifactIndex } from './index-file.ts';

export interface Pruned {
  /** Backups as `model/id`. */
  readonly backups: readonly string[];
  /** Files that no version consists of. */
  readonly files: number;
  readonly bytes: number;
}

interface Found {
  readonly keys: readonly string[];
  readonly bytes: number;
}

const DAY_MS = 86_400_000;
/** Files of a push that goes on are not named yet. */
const YOUNG_MS = DAY_MS;
const BLOBS = 'blobs/';
/** So long a prune has what it said would go for itself. */
const LEASE_MS = 3_600_000;
const LONG_AGO = '1970-01-01T00:00:00.000Z';
/** More are left for the next prune: the index names them while they are deleted. */
const MOST_AT_ONCE = 5000;

/** `keepMs`: of backups. `dry`: only finds out. @throws ArtifactError */
export async function prune(archive: Archive, keepMs: number, dry = false): Promise<Pruned> {
  const now = archive.now().getTime();
  const old = await oldBackups(archive, now - keepMs);
  const young = now - Math.min(keepMs, YOUNG_MS);
  const left = await leftFiles(archive, young, dry);
  if (!dry) {
    // Description first: what is not whole is no longer offered.
    for (const { keys } of old.values())
      for (const key of keys.toSorted(lastFirst)) await archive.store.delete(key);
  }
  const bytes = [...old.values(), left].reduce((sum, found) => sum + found.bytes, 0);
  return { backups: [...old.keys()], files: left.keys.length, bytes };
}

/** `backup.json` sorts before `sha256-…`. */
const lastFirst = (a: string, b: string): number => (a < b ? -1 : 1);

/** By `model/id`: of those whose newest object is old, finished or not. */
async function oldBackups(archive: Archive, before: number): Promise<ReadonlyMap<string, Found>> {
  const all = new Map<string, { keys: string[]; bytes: number; writtenAt: number }>();
  for await (const { key, bytes, writtenAt } of archive.store.list(BACKUPS)) {
    const [, model = '', id = ''] = key.split('/');
    const one = all.get(`${model}/${id}`) ?? { keys: [], bytes: 0, writtenAt: 0 };
    one.keys.push(key);
    one.bytes += bytes;
    one.writtenAt = Math.max(one.writtenAt, writtenAt);
    all.set(`${model}/${id}`, one);
  }
  return new Map([...all].filter(([, { writtenAt }]) => writtenAt < before));
}

/** Files that the index does not name, as it is after they were listed; unless `dry`, they are deleted. */
async function leftFiles(archive: Archive, before: number, dry: boolean): Promise<Found> {
  const listed = new Map<string, number>();
  for await (const { key, bytes, writtenAt } of archive.store.list(BLOBS)) {
    if (writtenAt < before) listed.set(key, bytes);
  }
  const unnamed = (index: ArtifactIndex): string[] => {
    const named = namedBy(index);
    return [...listed.keys()].filter((key) => !named.has(key)).slice(0, MOST_AT_ONCE);
  };
  const keys = dry ? unnamed((await archive.read()).index) : await sweep(archive, unnamed);
  return { keys, bytes: keys.reduce((sum, key) => sum + (listed.get(key) ?? 0), 0) };
}

/**
 * Says in the index what goes, deletes it, and says so no longer. Only one prune does that at a time: one that is slow stops
 * long before another may take its place.
 */
async function sweep(
  archive: Archive,
  unnamed: (index: ArtifactIndex) => string[],
): Promise<readonly string[]> {
  const claimed = await archive.update(async (index) => {
    const { models, deleting } = index;
    if (deleting.keys.length > 0 && archive.now().getTime() - Date.parse(deleting.since) < LEASE_MS) {
      throw new ArtifactError(
        'changed',
        `Another prune of ${archive.address} goes on since ${deleting.since}, or was cut off: try again in an hour.`,
      );
    }
    const keys = [...new Set([...deleting.keys.filter((key) => key.startsWith(BLOBS)), ...unnamed(index)])];
    const since = archive.now().toISOString();
    return keys.length + deleting.keys.length === 0 ? undefined : { models, deleting: { since, keys } };
  });
  if (claimed === undefined) return [];
  const { since, keys } = claimed.deleting;
  const until = Date.parse(since) + LEASE_MS / 2;
  const gone = new Set<string>();
  for (const key of keys) {
    if (archive.now().getTime() > until) break;
    await archive.store.delete(key);
    gone.add(key);
  }
  await archive.update(async ({ models, deleting }) => {
    if (deleting.since !== since) return undefined;
    const rest = deleting.keys.filter((key) => !gone.has(key));
    // What is left may be taken up at once.
    return { models, deleting: rest.length === 0 ? NOT_DELETING : { since: LONG_AGO, keys: rest } };
  });
  return [...gone];
}

const namedBy = ({ models }: ArtifactIndex): ReadonlySet<string> =>
  new Set(
    Object.entries(models).flatMap(([name, model]) =>
      filesOf(model).map(({ sha256 }) => blobKey(name, sha256)),
    ),
  );
