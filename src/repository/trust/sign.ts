/** Signs a version: its folder, and through a list in it what it shares with the other versions of its model. */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { sha256OfFile } from '../digest.ts';
import { ModelError } from '../model-error.ts';
import { codeOf, insideIfThere } from '../real-path.ts';
import type { ModelEntry } from '../repository.ts';
import type { VersionEntry } from '../versions.ts';
import { signedBundle } from './bundle.ts';
import { filesBelow } from './folder-files.ts';
import { goldenFiles } from './golden-files.ts';
import { keyFileAt } from './public-keys.ts';
import { SHARED_FILE, sharedText } from './shared-files.ts';
import { LEFT_OUT, SIGNATURE_FILE } from './statement.ts';

export interface SignedVersion {
  /** The signature. */
  readonly path: string;
  /** How many files it covers, those outside of the version's folder included. */
  readonly files: number;
}

/**
 * The private key in a PEM file. `passphrase`: of an encrypted one.
 * @throws ModelError when it cannot be read, or by others than its owner and group
 */
export function readPrivateKey(file: string, passphrase?: string): KeyObject {
  const pem = keyFileAt(file, 'private');
  try {
    return createPrivateKey({ key: pem, format: 'pem', ...(passphrase !== undefined && { passphrase }) });
  } catch (error) {
    const isLocked = codeOf(error) === 'ERR_MISSING_PASSPHRASE' || pem.includes('ENCRYPTED');
    throw new ModelError(
      isLocked
        ? `${file} is encrypted, and its passphrase is wrong or was not given: --passphrase-file.`
        : `${file} is no private key in PEM ("BEGIN PRIVATE KEY").`,
    );
  }
}

/** Writes the list of shared files and the signature. `keyFile`: of the key, for errors. @throws ModelError */
export async function signVersion(
  entry: ModelEntry,
  { file, version }: VersionEntry,
  key: KeyObject,
  keyFile: string,
): Promise<SignedVersion> {
  const folder = dirname(file);
  const isFlat = folder === entry.folder;
  const shared = isFlat ? new Map<string, string>() : await sharedDigests(entry, folder);
  const list = join(folder, SHARED_FILE);
  if (shared.size > 0) await inPlace(list, sharedText(shared));
  else await rm(list, { force: true });
  const names = await filesBelow(folder, LEFT_OUT);
  const digests = new Map<string, string>();
  for (const name of names) digests.set(name, await sha256OfFile(join(folder, name)));
  const subject = `${entry.name}/${version}`;
  const path = join(folder, SIGNATURE_FILE);
  await inPlace(path, signedBundle({ subject, digests, ignored: LEFT_OUT }, key, keyFile));
  return { path, files: digests.size + shared.size };
}

/** Of what the model is used with, by paths below its folder, sorted. */
async function sharedDigests(
  { folder, config }: ModelEntry,
  version: string,
): Promise<ReadonlyMap<string, string>> {
  const own = relative(folder, version).replaceAll(sep, '/');
  const names = [
    'model.json',
    ...(config.labels === undefined ? [] : [config.labels]),
    ...(await goldenFiles(folder)),
  ];
  const digests = new Map<string, string>();
  for (const name of names.map((one) => join(one).replaceAll(sep, '/')).sort()) {
    const path = await insideIfThere(folder, join(folder, name));
    if (path === undefined || name.startsWith(`${own}/`)) continue;
    digests.set(name, await sha256OfFile(path));
  }
  return digests;
}

async function inPlace(path: string, content: string | Buffer): Promise<void> {
  const written = `${path}.part`;
  try {
    await writeFile(written, content);
    await rename(written, path);
  } catch (error) {
    throw new ModelError(`${path} cannot be written (${codeOf(error)}).`);
  }
}
