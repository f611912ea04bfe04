/** Results of demands, as they are printed and kept: a file for each run, from which docs/reliability.md is made. */
import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Machine } from '../../bench/record/results.ts';
import { machine, sources } from '../../bench/run/machine.ts';
import type { Figure, Form } from './demand.ts';

export const FOLDER = join(import.meta.dirname, 'results');

/** The line that is printed. */
export interface Result {
  readonly id: string;
  readonly demand: string;
  readonly form: Form;
  readonly startedAt: string;
  readonly command: string;
  /** Undefined when it was skipped. */
  readonly pass?: boolean;
  /** Why it could not be measured. */
  readonly skipped?: string;
  /** What ended it before it was done. */
  readonly failure?: string;
  readonly seconds: number;
  /** `missing`: the distance to the bound, 0 when it is kept. */
  readonly figures: readonly (Figure & { readonly missing: number })[];
  readonly notes?: readonly string[];
}

/** The first line of a file. */
export interface Head {
  readonly schema: 1;
  readonly form: Form;
  readonly startedAt: string;
  readonly commit: string;
  readonly dirty: boolean;
  readonly machine: Machine;
}

/** Begins a file for this run; its name has the date and the commit. */
export function newFile(form: Form): string {
  const head: Head = {
    schema: 1,
    form,
    startedAt: new Date().toISOString(),
    ...sources(),
    machine: machine(),
  };
  const name = `${head.startedAt.slice(0, 16).replace(/[T:]/g, '-')}-${head.commit}.jsonl`;
  mkdirSync(FOLDER, { recursive: true });
  const file = join(FOLDER, name);
  writeFileSync(file, `${JSON.stringify(head)}\n`);
  return file;
}

export const append = (file: string, result: Result): void =>
  appendFileSync(file, `${JSON.stringify(result)}\n`);

export interface Run {
  readonly name: string;
  readonly head: Head;
  readonly results: readonly Result[];
}

/** All runs that are kept, oldest first. */
export function runs(): readonly Run[] {
  let names: string[] = [];
  try {
    names = readdirSync(FOLDER).filter((name) => name.endsWith('.jsonl'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return names.toSorted().map((name) => {
    const [head, ...results] = readFileSync(join(FOLDER, name), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    return { name, head: head as Head, results: results as Result[] };
  });
}
