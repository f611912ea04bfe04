/** Results files: which there are, which of them the documents are made from, and reading them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasPeers, type Sources } from './text/servers.ts';
import type { Results } from '../record/results.ts';

export const RESULTS_FOLDER = 'bench/results';

export interface SourceFile {
  /** From the repository's root, with forward slashes. */
  readonly file: string;
  readonly results: Results;
}

/** Throws Error with a sentence when it is not a results file of this schema. */
export function readResults(root: string, file: string): SourceFile {
  const results = JSON.parse(readFileSync(join(root, file), 'utf8')) as Results;
  if (results.schema !== 1) throw new Error(`${file} is not a results file of schema 1.`);
  return { file, results };
}

/** Those of finished runs, oldest first. The names begin with a date; within a day the commits say nothing, so the time inside the file decides. */
export function allResults(root: string): SourceFile[] {
  return namesIn(join(root, RESULTS_FOLDER))
    .map((name) => readResults(root, `${RESULTS_FOLDER}/${name}`))
    .sort((a, b) => compare(a.results.startedAt, b.results.startedAt) || compare(a.file, b.file));
}

/** The run that the documents show: the newest full one of our own. A quick one only as long as there is no full one. */
export const documented = (all: readonly SourceFile[]): SourceFile | undefined =>
  newest(all.filter(({ results }) => results.part !== 'peers'));

const newest = (all: readonly SourceFile[]): SourceFile | undefined =>
  all.findLast(({ results }) => results.form === 'full') ?? all.at(-1);

/** Whose peers are shown: those of the run itself, else of the newest run that has any, full ones first. */
export function withPeers(
  own: SourceFile,
  all: readonly SourceFile[],
): { readonly sources: Sources; readonly files: readonly string[] } {
  const others = all.filter(({ file, results }) => file !== own.file && hasPeers(results));
  const beside = hasPeers(own.results) ? own : (newest(others) ?? own);
  if (beside.file === own.file)
    return { sources: { own: own.results, beside: own.results }, files: [own.file] };
  return { sources: { own: own.results, beside: beside.results }, files: [own.file, beside.file] };
}

function namesIn(folder: string): string[] {
  try {
    const names = readdirSync(folder);
    // A run that was cut off, and may go on, has such a file beside it.
    const isFinished = (name: string): boolean => !names.includes(`${name}.unfinished`);
    return names.filter((name) => /^\d{4}-\d\d-\d\d-.*\.json$/.test(name) && isFinished(name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
