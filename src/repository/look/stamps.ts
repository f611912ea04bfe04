/**
 * A stamp of each version folder of a model: it changes whenever a file in it does, also when the content is the same.
 * Nothing is read but names and facts of the file system, so that a look costs little, however large the models are.
 */
import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DRIFT_FILE } from '../drift/name.ts';
import { GOLDEN_FOLDER } from '../golden/samples.ts';
import { filesOf } from '../version-files.ts';
import { isVersion, type VersionEntry } from '../versions.ts';

/** Files of a version folder that are looked at; a model has a handful. */
const MAX_FILES = 10_000;

/**
 * By version, for every folder that is named like one, and for the versions that were found, wherever they lie. Each says
 * of the golden samples, too. `folder`: of the model; one that cannot be read has no folders.
 */
export async function stampsOf(
  folder: string,
  found: readonly VersionEntry[] = [],
): Promise<ReadonlyMap<string, string>> {
  const names = await readdir(folder).catch(() => []);
  const folders = new Map(names.filter((name) => isVersion(name)).map((name) => [name, join(folder, name)]));
  for (const { version, file } of found) folders.set(version, dirname(file));
  const golden = await stampOf(join(folder, GOLDEN_FOLDER));
  const stamps = [...folders].map(
    async ([version, path]) => [version, `${await stampOf(path)}\n\n${golden}`] as const,
  );
  return new Map(await Promise.all(stamps));
}

/** A stamp of the files that a version consists of: others in its folder do not count. @throws ModelError as filesOf() */
export async function contentStamp(version: VersionEntry): Promise<string> {
  const files = await filesOf(version);
  return (await Promise.all(files.map(({ path }) => factsOf(path)))).join('\n');
}

async function stampOf(folder: string): Promise<string> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const facts = names
    // Watching a version does not change it, and must not load it again.
    .filter((name) => !name.startsWith(DRIFT_FILE))
    .sort((a, b) => (a < b ? -1 : 1))
    .slice(0, MAX_FILES)
    .map(async (name) => `${name} ${await factsOf(join(folder, name))}`);
  return (await Promise.all(facts)).join('\n');
}

/** Of the file that a link leads to. The kernel sets ctime at every write; programs cannot. */
async function factsOf(file: string): Promise<string> {
  const facts = await stat(file, { bigint: true }).catch(() => undefined);
  if (facts === undefined) return 'missing';
  if (facts.isDirectory()) return 'folder';
  return [facts.dev, facts.ino, facts.size, facts.mtimeNs, facts.ctimeNs].join(' ');
}
