/** A model of the models folder as files with digests: what is put into a store. */
import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sha256OfFile } from '../../repository/digest.ts';
import { codeOf, inside, insideIfThere } from '../../repository/real-path.ts';
import type { ModelEntry, VersionEntry } from '../../repository/repository.ts';
import { goldenFiles } from '../../repository/trust/golden-files.ts';
import { filesOf } from '../../repository/version-files.ts';
import { isVersion } from '../../repository/versions.ts';
import { ArtifactError } from '../artifact-error.ts';
import type { StoredFile } from '../archive/index-file.ts';

export interface LocalFile extends StoredFile {
  /** Absolute path. */
  readonly file: string;
}

export interface LocalModel {
  readonly name: string;
  /** What the versions share: model.json, the class names, the golden samples. */
  readonly files: readonly LocalFile[];
  /** As model.json names it. */
  readonly defaultVersion: string | undefined;
  readonly versions: ReadonlyMap<string, readonly LocalFile[]>;
}

/** Of one version; a model has a handful. */
const MAX_FILES = 1000;
/** What programs leave behind that write beside a file and rename. */
const UNFINISHED = /\.(part|tmp)$/;

/**
 * Reads every file. `only`: versions to take; by default all that are served.
 * @throws ArtifactError; ModelError when a version cannot be used
 */
export async function localModel(
  { name, folder, config, versions }: ModelEntry,
  only?: readonly string[],
): Promise<LocalModel> {
  const chosen = versions.filter(({ version }) => only === undefined || only.includes(version));
  const missing = only?.find((version) => !chosen.some((one) => one.version === version));
  if (missing !== undefined || chosen.length === 0) {
    throw new ArtifactError('missing', `There is no version ${missing ?? ''} of ${name} in ${folder}.`);
  }
  const found = new Map<string, readonly LocalFile[]>();
  for (const version of chosen) found.set(version.version, await versionFiles(folder, version));
  const shared = [
    'model.json',
    ...(config.labels === undefined ? [] : [config.labels]),
    ...(await goldenFiles(folder)),
  ];
  const files: LocalFile[] = [];
  for (const path of new Set(shared.map((one) => join(one)))) {
    // Class names may lie in the folder of a version, and are a file of that.
    if (isVersion(path.split('/')[0]!)) continue;
    const real = await insideIfThere(folder, join(folder, path));
    if (real !== undefined) files.push(await localFile(path, real));
  }
  return { name, files, defaultVersion: config.defaultVersion?.toString(), versions: found };
}

/** All that lies in the folder of a version, and what its model takes weights from. */
async function versionFiles(model: string, version: VersionEntry): Promise<readonly LocalFile[]> {
  const folder = dirname(version.file);
  if (folder === model) {
    throw new ArtifactError(
      'invalid',
      `${version.file} lies directly in the folder of its model: move it to ${join(model, version.version)} first.`,
    );
  }
  // That what the model needs is there.
  const needed = await filesOf(version);
  const outside = needed.find(({ name }) => name.startsWith('../'));
  if (outside !== undefined) {
    throw new ArtifactError(
      'invalid',
      `${version.file} takes weights from ${outside.path}, outside of its folder: put them beside it.`,
    );
  }
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const names = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((name) => !UNFINISHED.test(name) && !name.split('/').some((part) => part.startsWith('.')));
  const all = [...new Set([...needed.map(({ name }) => name), ...names])].sort();
  if (all.length > MAX_FILES) {
    throw new ArtifactError(
      'invalid',
      `${folder} has more than ${MAX_FILES} files, which is no version of a model.`,
    );
  }
  const files: LocalFile[] = [];
  for (const name of all) files.push(await localFile(name, await inside(version.root, join(folder, name))));
  return files;
}

/** `file`: without links. */
async function localFile(path: string, file: string): Promise<LocalFile> {
  try {
    const facts = await stat(file);
    if (!facts.isFile()) throw new ArtifactError('invalid', `${file} is no file.`);
    return { path, file, bytes: facts.size, sha256: await sha256OfFile(file) };
  } catch (error) {
    if (error instanceof ArtifactError) throw error;
    throw new ArtifactError('local', `${file} cannot be read (${codeOf(error)}).`);
  }
}
