/** The digests of a version's files, compared with the declared ones. Files are read in pieces of 1 MiB. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { ModelError } from './model-error.ts';
import { filesOf, type VersionFile } from './version-files.ts';
import { MODEL_FILE, type VersionEntry } from './versions.ts';

const READ_BYTES = 1024 * 1024;

/** Lower-case hexadecimal sha256 of a file. */
export async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(file, { highWaterMark: READ_BYTES }))
    hash.update(piece as Buffer);
  return hash.digest('hex');
}

/**
 * Checks that the files of a version are there and are ONNX, and compares each with what model.json declares; without a
 * declaration there is nothing to compare.
 * @throws ModelError when one differs, is not declared while others are, or cannot be used
 */
export async function verifyDigest(version: VersionEntry): Promise<'verified' | 'undeclared'> {
  const files = await filesOf(version);
  const { sha256Declared: declared } = version;
  if (declared === undefined) return 'undeclared';
  for (const { name, path } of files) {
    const expected = declared[name];
    if (expected === undefined) throw new ModelError(undeclared(version, name, files));
    const actual = await sha256OfFile(path);
    if (actual !== expected) {
      throw new ModelError(
        `${path} is not the file that model.json declares: its sha256 is ${actual}, declared is ${expected}.`,
      );
    }
  }
  const unused = Object.keys(declared).find((name) => !files.some((file) => file.name === name));
  if (unused === undefined) return 'verified';
  throw new ModelError(
    `model.json declares a sha256 of ${unused} for version ${version.version}, but its ${MODEL_FILE} takes nothing from that file.`,
  );
}

/**
 * One digest of all that a version consists of: the sha256 of model.onnx, or, where there are files with weights beside
 * it, that of the lines `<sha256>  <name>` that sha256sum prints for them, model.onnx first and the others by name. Reads
 * every file: keep the result.
 * @throws ModelError when a file cannot be used
 */
export async function contentDigest(version: VersionEntry): Promise<string> {
  const files = await filesOf(version);
  const digests = await Promise.all(files.map(({ path }) => sha256OfFile(path)));
  if (digests.length === 1) return digests[0]!;
  const hash = createHash('sha256');
  for (const [index, { name }] of files.entries()) hash.update(`${digests[index]}  ${name}\n`);
  return hash.digest('hex');
}

/** The sha256 of each file of a version, by its name. @throws ModelError when a file cannot be used */
export async function digestsOfFiles(version: VersionEntry): Promise<ReadonlyMap<string, string>> {
  const digests = (await filesOf(version)).map(
    async ({ name, path }) => [name, await sha256OfFile(path)] as const,
  );
  return new Map(await Promise.all(digests));
}

function undeclared({ version }: VersionEntry, name: string, files: readonly VersionFile[]): string {
  const all = files.map((file) => `"${file.name}": "…"`).join(', ');
  return (
    `model.json declares a sha256 for version ${version}, but none for its file ${name}: ` +
    `write "sha256": {"${version}": {${all}}}.`
  );
}
