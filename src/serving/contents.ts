/** What the files of a version have to be when a worker opens them: for versions that are signed, encrypted, or both. */
import { randomBytes } from 'node:crypto';
import type { Keys } from '../cipher/decryptor.ts';
import type { Config } from '../config/schema.ts';
import { digestsOfFiles } from '../repository/digest.ts';
import { ModelError } from '../repository/model-error.ts';
import { readKeys } from '../repository/trust/model-keys.ts';
import { requireSigned } from '../repository/trust/signed-files.ts';
import { isEncrypted, type VersionEntry } from '../repository/versions.ts';
import type { Content } from '../thread/load.ts';

/** Compiled forms of verified models are used by the process that has made them alone. */
const FORM_SECRET = new Uint8Array(randomBytes(32));

/**
 * Reads every file of such a version; undefined for one that is neither.
 * @throws TrustError when a file is not the signed one; ModelError when there is no key, or the scan has found a fault
 */
export async function contentOf(
  file: VersionEntry,
  { modelKeyFile }: Pick<Config, 'modelKeyFile'>,
): Promise<Content | undefined> {
  const { signed, fault } = file;
  if (fault !== undefined) throw new ModelError(fault);
  if (signed !== undefined) await requireSigned(file, signed);
  if (isEncrypted(file)) {
    const keys = keysIn(modelKeyFile, file);
    return { digests: signed?.digests ?? (await digestsOfFiles(file)), keys };
  }
  return signed && { digests: signed.digests, formSecret: FORM_SECRET };
}

function keysIn(modelKeyFile: string | undefined, { file }: VersionEntry): Keys {
  if (modelKeyFile !== undefined) return readKeys(modelKeyFile);
  throw new ModelError(`${file} is encrypted, and the option modelKeyFile names no key.`);
}
