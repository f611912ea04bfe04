/**
 * What was pulled into a model's folder, with the facts of each file when it was last compared with its digest: a file
 * with the same facts is not read again. What is not on record was put there by somebody else, and is not touched.
 */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256OfFile } from '../../repository/digest.ts';
import type { OfferedFile } from '../source/source.ts';
import type { ModelHome } from './home.ts';

export interface RecordedFile {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  /** Empty: not known. */
  readonly facts: string;
}

export interface PulledRecord {
  readonly format: 1;
  /** The address of the source. */
  readonly source: string;
  readonly files: readonly RecordedFile[];
  readonly versions: Readonly<
    Record<string, { readonly digest: string; readonly files: readonly RecordedFile[] }>
  >;
}

/** Undefined where there is none, or none that can be understood: everything is then compared again. */
export async function readRecord({ record }: ModelHome): Promise<PulledRecord | undefined> {
  try {
    const read = JSON.parse(await readFile(record, 'utf8')) as PulledRecord;
    return read.format === 1 && Array.isArray(read.files) && typeof read.versions === 'object'
      ? read
      : undefined;
  } catch {
    return undefined;
  }
}

/** Changes with every write to the file, and with the file itself; empty where it is not there. */
export async function factsOf(file: string): Promise<string> {
  const facts = await stat(file, { bigint: true }).catch(() => undefined);
  return facts?.isFile() === true ? [facts.ino, facts.size, facts.mtimeNs, facts.ctimeNs].join(' ') : '';
}

/** The same record, with the facts of the files as they are now, which have just been put there. */
export async function withFacts({ model }: ModelHome, record: PulledRecord): Promise<PulledRecord> {
  const known = async (folder: string, files: readonly RecordedFile[]): Promise<RecordedFile[]> => {
    const all: RecordedFile[] = [];
    for (const file of files)
      all.push({ ...file, facts: file.facts || (await factsOf(join(folder, file.path))) });
    return all;
  };
  const versions = Object.entries(record.versions).map(
    async ([version, { digest, files }]) =>
      [version, { digest, files: await known(join(model, version), files) }] as const,
  );
  return {
    ...record,
    files: await known(model, record.files),
    versions: Object.fromEntries(await Promise.all(versions)),
  };
}

/** The file with its facts, when it is the one that is offered or recorded; undefined when not. Reads it unless that is known. */
export async function matching(
  folder: string,
  expected: Pick<OfferedFile, 'path' | 'bytes' | 'sha256'>,
  recorded: readonly RecordedFile[],
): Promise<RecordedFile | undefined> {
  const { path } = expected;
  const file = join(folder, path);
  const known = recorded.find((one) => one.path === path);
  const sha256 = expected.sha256 ?? known?.sha256;
  const facts = await factsOf(file);
  if (facts === '' || sha256 === undefined) return undefined;
  if (known?.facts === facts && known.sha256 === sha256) return known;
  if (Number(facts.split(' ')[1]) !== expected.bytes || (await sha256OfFile(file)) !== sha256)
    return undefined;
  return { path, sha256, bytes: expected.bytes, facts };
}
