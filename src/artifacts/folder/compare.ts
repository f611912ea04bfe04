/** What of a model has to change for the folder to be what is offered. Reads only what it does not know. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { OfferedModel, OfferedVersion } from '../source/source.ts';
import type { ModelHome } from './home.ts';
import { factsOf, matching, type PulledRecord, type RecordedFile } from './record.ts';

export interface KnownVersion {
  readonly digest: string;
  readonly files: readonly RecordedFile[];
}

export interface Comparison {
  readonly added: readonly string[];
  readonly replaced: readonly string[];
  /** Were pulled, and are no longer offered. */
  readonly removed: readonly string[];
  readonly unchanged: readonly string[];
  /** Of `replaced` and the files: what is not on record. */
  readonly foreign: readonly string[];
  /** The same: what is on record, and is not as it was pulled. */
  readonly damaged: readonly string[];
  /** Versions that stay, as they are on disk. */
  readonly known: ReadonlyMap<string, KnownVersion>;
  /** What the versions share. */
  readonly files: {
    readonly put: readonly string[];
    readonly taken: readonly string[];
    /** Those that stay. */
    readonly known: readonly RecordedFile[];
  };
}

export async function comparison(
  home: ModelHome,
  offered: OfferedModel,
  record: PulledRecord | undefined,
  removes: boolean,
): Promise<Comparison> {
  const foreign: string[] = [];
  const damaged: string[] = [];
  const added: string[] = [];
  const replaced: string[] = [];
  const known = new Map<string, KnownVersion>();
  const judge = async (name: string, files: readonly RecordedFile[] | undefined): Promise<void> => {
    if (files === undefined) foreign.push(name);
    else if (!(await isAsRecorded(join(home.model, name), files))) damaged.push(name);
  };
  for (const [version, one] of offered.versions) {
    const before = record?.versions[version];
    const files = await sameVersion(join(home.model, version), one, before);
    if (files !== undefined) known.set(version, { digest: one.digest, files });
    else if (await exists(join(home.model, version))) {
      replaced.push(version);
      await judge(version, before?.files);
    } else added.push(version);
  }
  const gone = Object.keys(record?.versions ?? {}).filter((version) => !offered.versions.has(version));
  const removed: string[] = [];
  for (const version of gone) {
    const before = record!.versions[version]!;
    // What was changed here is not ours to remove, and what stays is still ours.
    if (removes && (await isAsRecorded(join(home.model, version), before.files))) removed.push(version);
    else known.set(version, before);
  }
  const put: string[] = [];
  const stay: RecordedFile[] = [];
  for (const file of offered.files) {
    const same = await matching(home.model, file, record?.files ?? []);
    if (same !== undefined) stay.push(same);
    else {
      put.push(file.path);
      const before = record?.files.find(({ path }) => path === file.path);
      if (!(await exists(join(home.model, file.path)))) continue;
      if (before === undefined) foreign.push(file.path);
      else if ((await matching(home.model, before, [before])) === undefined) damaged.push(file.path);
    }
  }
  const paths = new Set(offered.files.map(({ path }) => path));
  const taken = removes
    ? (record?.files ?? []).map(({ path }) => path).filter((path) => !paths.has(path))
    : [];
  const unchanged = [...known.keys()].filter((version) => offered.versions.has(version));
  return { added, replaced, removed, unchanged, foreign, damaged, known, files: { put, taken, known: stay } };
}

/** The files, where the version is what is offered; files beside them do not count. */
async function sameVersion(
  folder: string,
  { digest, files }: OfferedVersion,
  before: KnownVersion | undefined,
): Promise<readonly RecordedFile[] | undefined> {
  // Where the source keeps no digests, it is known by what the version is called, and by what was pulled then.
  if (files.some(({ sha256 }) => sha256 === undefined) && before?.digest !== digest) return undefined;
  const all: RecordedFile[] = [];
  for (const file of files) {
    const same = await matching(folder, file, before?.files ?? []);
    if (same === undefined) return undefined;
    all.push(same);
  }
  return all;
}

/** By the facts of the files alone, where they are known. `path`: of a version, or of a file of the model. */
async function isAsRecorded(path: string, files: readonly RecordedFile[]): Promise<boolean> {
  for (const file of files) {
    const facts = await factsOf(join(path, file.path));
    if (facts === file.facts) continue;
    if ((await matching(path, file, [file])) === undefined) return false;
  }
  return true;
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
