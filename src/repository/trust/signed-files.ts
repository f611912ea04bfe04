/** The files of a signed version, all compared with what was signed. Files are read in pieces. */
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sha256OfFile } from '../digest.ts';
import { codeOf } from '../real-path.ts';
import type { VersionEntry } from '../versions.ts';
import { filesBelow } from './folder-files.ts';
import { goldenFiles } from './golden-files.ts';
import type { Signed } from './signed.ts';
import { TrustError } from './trust-error.ts';

/**
 * Compares every file of the version's folder, and what it shares with other versions, with the signature. Returns how many.
 * @throws TrustError when one differs, is missing, or is there and not signed
 */
export async function requireSigned(version: VersionEntry, signed: Signed): Promise<number> {
  const folder = dirname(version.file);
  const { digests, shared, ignored, model } = signed;
  const files = await filesBelow(folder, ignored);
  requireListed(folder, files, digests);
  for (const [name, expected] of digests) await requireDigest(join(folder, name), expected);
  if (shared === undefined || shared === digests) return digests.size;
  requireListed(model, await goldenFiles(model), shared);
  for (const [name, expected] of shared) await requireDigest(join(model, name), expected);
  return digests.size + shared.size;
}

function requireListed(folder: string, files: readonly string[], digests: ReadonlyMap<string, string>): void {
  const extra = files.find((name) => !digests.has(name));
  if (extra !== undefined)
    throw new TrustError('changed', `${join(folder, extra)} is not among the files that were signed.`);
}

async function requireDigest(path: string, expected: string): Promise<void> {
  let actual: string;
  try {
    if (!(await stat(path)).isFile()) throw new TrustError('changed', `${path} was signed, and is no file.`);
    actual = await sha256OfFile(path);
  } catch (error) {
    if (error instanceof TrustError) throw error;
    throw new TrustError('changed', `${path} was signed, and cannot be read (${codeOf(error)}).`);
  }
  if (actual !== expected)
    throw new TrustError(
      'changed',
      `${path} is not the file that was signed: its sha256 is ${actual}, signed is ${expected}.`,
    );
}
