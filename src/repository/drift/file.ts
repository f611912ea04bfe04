/** The file of a reference: drift.json beside the model file. Written beside, then renamed: never half. */
import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ModelError } from '../model-error.ts';
import { codeOf, insideIfThere } from '../real-path.ts';
import { decoded, readWhole } from '../text-file.ts';
import { isSigned } from '../trust/signed.ts';
import type { VersionEntry } from '../versions.ts';
import { DRIFT_FILE } from './name.ts';
import { parseReference, textOf } from './reference.ts';
import type { Reference } from './schema.ts';

/** 80 numbers of 65 bins and 200 classes are some 150 KB. */
const MAX_BYTES = 1024 * 1024;

export const driftFileOf = ({ file }: Pick<VersionEntry, 'file'>): string => join(dirname(file), DRIFT_FILE);

/** Undefined where there is none. @throws ModelError when it cannot be read, or is damaged */
export async function readReference(
  version: Pick<VersionEntry, 'file' | 'root'>,
): Promise<Reference | undefined> {
  const path = driftFileOf(version);
  const real = await insideIfThere(version.root, path);
  if (real === undefined) return undefined;
  const bytes = await readWhole(real);
  if (bytes.length > MAX_BYTES) throw new ModelError(`${path} has more than ${MAX_BYTES} bytes.`);
  return parseReference(decoded(path, bytes), path);
}

/** Returns its path. @throws ModelError when it may not lie there, or cannot be written */
export async function writeReference(version: VersionEntry, reference: Reference): Promise<string> {
  const path = driftFileOf(version);
  if (isSigned(version) && version.signed?.ignored.includes(DRIFT_FILE) !== true) {
    throw new ModelError(
      `${path} would break the signature of the version, which covers every file beside it: sign it again (ortolan models sign leaves ${DRIFT_FILE} out), and name its key by --public-key.`,
    );
  }
  const part = `${path}.${process.pid}-${randomBytes(4).toString('hex')}.part`;
  try {
    await using handle = await open(part, 'wx', 0o644);
    await handle.writeFile(textOf(reference));
    await handle.sync();
    await rename(part, path);
    return path;
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined);
    throw new ModelError(`${path} cannot be written (${codeOf(error) ?? String(error)}).`);
  }
}
