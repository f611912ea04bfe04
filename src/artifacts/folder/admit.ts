/**
 * Whether what was made ready may take its place: its files are those of a model, and its signature holds where one is asked
 * for. What serves is not touched before that; it is checked again when it is loaded.
 */
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { GOLDEN_FOLDER } from '../../repository/golden/samples.ts';
import { ModelError } from '../../repository/model-error.ts';
import { insideIfThere } from '../../repository/real-path.ts';
import { requireSigned } from '../../repository/trust/signed-files.ts';
import type { Trust } from '../../repository/trust/trust.ts';
import { filesOf } from '../../repository/version-files.ts';
import { ENCRYPTED_MODEL_FILE, MODEL_FILE, type VersionEntry } from '../../repository/versions.ts';
import { ArtifactError } from '../artifact-error.ts';
import type { ModelHome } from './home.ts';
import type { RecordedFile } from './record.ts';

export interface Ready {
  /** Versions that are made ready. */
  readonly fresh: readonly string[];
  /** Versions that stay where they are. */
  readonly stays: readonly string[];
  /** What the versions share; all of it is made ready. */
  readonly files: readonly RecordedFile[];
}

/** @throws ArtifactError corrupt or untrusted */
export async function admit(
  home: ModelHome,
  name: string,
  { fresh, stays, files }: Ready,
  trust: Trust | undefined,
): Promise<void> {
  for (const version of fresh) await filesOf(await entryOf(home.fresh, version));
  if (trust === undefined) return;
  const keys = trust.keys();
  const folder = await realpath(home.fresh);
  // model.json and the class names, which whoever looks at the model reads; the samples are compared with the version.
  const shared = files.filter(({ path }) => !path.startsWith(`${GOLDEN_FOLDER}/`));
  const read = new Map(shared.map(({ path, sha256 }) => [join(folder, path), sha256]));
  const model = { name, folder, isNamedByFolder: true, read };
  try {
    for (const version of fresh) {
      const entry = await entryOf(home.fresh, version);
      const signed = await trust.signed(entry, model, keys);
      if (signed !== undefined) await requireSigned(entry, signed);
    }
    // The files of these are compared when they are loaded; what they share with others may have become another.
    for (const version of stays) await trust.signed(await entryOf(home.model, version), model, keys);
  } catch (error) {
    if (error instanceof ModelError) throw new ArtifactError('untrusted', error.message, { cause: error });
    throw error;
  }
}

async function entryOf(folder: string, version: string): Promise<VersionEntry> {
  const root = await realpath(folder);
  for (const name of [MODEL_FILE, ENCRYPTED_MODEL_FILE]) {
    const file = join(root, version, name);
    if ((await insideIfThere(root, file)) === undefined) continue;
    return { version, file, root, bytes: 0, sha256Declared: undefined };
  }
  throw new ArtifactError('corrupt', `Version ${version} has no ${MODEL_FILE}.`);
}
