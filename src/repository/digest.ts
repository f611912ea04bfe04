/** The digest of a model file, compared with the declared one. Files are read in pieces of 1 MiB. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { ModelError } from './model-error.ts';
import type { VersionEntry } from './versions.ts';

const READ_BYTES = 1024 * 1024;

/** Lower-case hexadecimal sha256 of a file. */
export async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(file, { highWaterMark: READ_BYTES }))
    hash.update(piece as Buffer);
  return hash.digest('hex');
}

/**
 * Compares the file with what model.json declares; without a declaration there is nothing to compare.
 * @throws ModelError when they differ, or when the scan has found that the file cannot be used.
 */
export async function verifyDigest(version: VersionEntry): Promise<'verified' | 'undeclared'> {
  if (version.fault !== undefined) throw new ModelError(version.fault);
  if (version.sha256Declared === undefined) return 'undeclared';
  const actual = await sha256OfFile(version.file);
  if (actual === version.sha256Declared) return 'verified';
  throw new ModelError(
    `${version.file} is not the file that model.json declares: its sha256 is ${actual}, declared is ${version.sha256Declared}.`,
  );
}
