/**
 * A new version of a model: made in a folder beside the versions, which no look at the repository sees, and put in place by one rename. What is
 * not put in place is taken away.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseModelConfig } from './model-config.ts';
import { ModelError } from './model-error.ts';
import { servedBy } from './model-json/version-policy.ts';
import { codeOf } from './real-path.ts';
import type { ModelEntry } from './repository.ts';
import { isSigned } from './trust/signed.ts';
import { isVersion } from './versions.ts';

/** Names that begin with a dot are no versions, whatever lies in them. */
const STAGING = '.making-';
/** One that is older was left behind by a process that was killed. */
const STALE_MS = 24 * 60 * 60 * 1000;
const ATTEMPTS = 20;

/**
 * An empty folder for the files of a version that is being made; those that were left behind a day ago are removed.
 * @throws ModelError when the folder of the model cannot be written, is laid out for one version alone, or model.json would serve the new
 *   version instead of the default
 */
export async function stagingFolder(entry: ModelEntry, now = Date.now()): Promise<string> {
  const { folder, versions } = entry;
  await requireServed(entry);
  const flat = versions.find(({ file }) => dirname(file) === folder);
  if (flat !== undefined)
    throw new ModelError(
      `${flat.file} is not in a folder of its version: move it to ${join(folder, '1')} first.`,
    );
  await removeStale(folder, now);
  const staged = join(folder, `${STAGING}${randomBytes(6).toString('hex')}`);
  try {
    await mkdir(staged);
  } catch (error) {
    throw new ModelError(`${folder} cannot be written (${codeOf(error)}): a new version has to lie there.`);
  }
  return staged;
}

export const discard = (staged: string): Promise<void> => rm(staged, { recursive: true, force: true });

/** The number that a version gets that is registered now: above all on disk, also those that are not served. */
export async function nextVersion({ folder }: Pick<ModelEntry, 'folder'>): Promise<string> {
  const taken = (await readdir(folder)).filter((name) => isVersion(name)).map(Number);
  return String(Math.max(0, ...taken) + 1);
}

/**
 * Puts what was made in place, as the next version; returns its number.
 * @throws ModelError when the folder of the model cannot be written
 */
export async function register(entry: Pick<ModelEntry, 'folder'>, staged: string): Promise<string> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const version = await nextVersion(entry);
    try {
      await rename(staged, join(entry.folder, version));
      return version;
    } catch (error) {
      // Another program has taken the number meanwhile.
      if (codeOf(error) !== 'ENOTEMPTY' && codeOf(error) !== 'EEXIST')
        throw new ModelError(`${entry.folder} cannot be written (${codeOf(error)}).`);
    }
  }
  throw new ModelError(`${entry.folder} gets new versions faster than they can be numbered.`);
}

/**
 * Makes sure that a version with a higher number does not answer in place of the default: writes `defaultVersion` into model.json, where it
 * is not there. Returns whether that holds now; it does not for a signed model, whose model.json cannot change.
 * @throws ModelError when model.json cannot be written
 */
export async function keepDefault({
  folder,
  config,
  versions,
  defaultVersion,
}: ModelEntry): Promise<boolean> {
  if (config.defaultVersion !== undefined) return true;
  if (versions.some(isSigned)) return false;
  const file = join(folder, 'model.json');
  const temporary = `${file}.part`;
  try {
    const before = await readFile(file, 'utf8').catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return '{}\n';
      throw error;
    });
    const after = withDefault(before, defaultVersion);
    parseModelConfig(after, file);
    await writeFile(temporary, after);
    await rename(temporary, file);
    return true;
  } catch (error) {
    await rm(temporary, { force: true });
    if (error instanceof ModelError) throw error;
    throw new ModelError(`${file} cannot be written (${codeOf(error)}).`);
  }
}

/** The text of a model.json with the key in front of the others, which stay as they were written. */
export function withDefault(text: string, version: string): string {
  const isEmpty = /^\uFEFF?\s*\{\s*\}\s*$/.test(text);
  return text.replace(
    /\{\s*/,
    isEmpty ? `{\n  "defaultVersion": ${version}\n` : `{\n  "defaultVersion": ${version},\n  `,
  );
}

/** A rule such as {"latest": 1} has no place for both. */
async function requireServed(entry: ModelEntry): Promise<void> {
  const { config, versions, withheld, defaultVersion } = entry;
  const onDisk = [...versions.map(({ version }) => version), ...withheld].sort(
    (a, b) => Number(a) - Number(b),
  );
  const next = await nextVersion(entry);
  if (servedBy(config.versionPolicy ?? 'all', [...onDisk, next]).includes(defaultVersion)) return;
  throw new ModelError(
    `versionPolicy in model.json would serve version ${next} instead of ${defaultVersion}: make it "all", or name more versions, first.`,
  );
}

async function removeStale(folder: string, now: number): Promise<void> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.startsWith(STAGING));
  for (const name of names) {
    const facts = await stat(join(folder, name)).catch(() => undefined);
    if (facts !== undefined && now - facts.mtimeMs > STALE_MS) await discard(join(folder, name));
  }
}
