/**
 * The results of a run on disk: written whole after each section, so that a run that was cut off goes on where it
 * was. Beside an unfinished file lies `<file>.unfinished`, which names the sections that are done.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Results } from './results.ts';

const LISTS = [
  'ceilings',
  'closedLoop',
  'openLoop',
  'highestRates',
  'scenarios',
  'pods',
  'fleets',
  'processorTimes',
  'micro',
  'targets',
  'skipped',
] as const satisfies readonly (keyof Results)[];

/** What a section adds: lists, each appended to the list of its name. */
export type Part = Partial<Pick<Results, (typeof LISTS)[number]>>;

type Head = Omit<Results, (typeof LISTS)[number] | 'finishedAt' | 'schema'>;

export class Store {
  readonly file: string;
  readonly #done: string[];
  #results: Results;

  private constructor(file: string, results: Results, done: string[]) {
    this.file = file;
    this.#results = results;
    this.#done = done;
  }

  /** Goes on with an unfinished run of the same form and commit in `folder`, or begins `<date>-<commit>[-part].json`. */
  static open(folder: string, head: Head): Store {
    mkdirSync(folder, { recursive: true });
    const name = `${head.commit}${head.part === undefined ? '' : `-${head.part}`}.json`;
    const unfinished = readdirSync(folder).find((other) => other.endsWith(`-${name}.unfinished`));
    if (unfinished !== undefined) {
      const file = join(folder, basename(unfinished, '.unfinished'));
      const state = JSON.parse(readFileSync(join(folder, unfinished), 'utf8')) as {
        form: string;
        done: string[];
      };
      if (state.form === head.form && existsSync(file)) {
        return new Store(file, JSON.parse(readFileSync(file, 'utf8')) as Results, state.done);
      }
    }
    const empty = Object.fromEntries(LISTS.map((list) => [list, []])) as unknown as Required<Part>;
    const results: Results = { schema: 1, ...head, finishedAt: head.startedAt, ...empty };
    return new Store(join(folder, `${head.startedAt.slice(0, 10)}-${name}`), results, []);
  }

  get results(): Results {
    return this.#results;
  }

  isDone(section: string): boolean {
    return this.#done.includes(section);
  }

  /** Adds what a section gave and writes the file. */
  add(section: string, part: Part): void {
    const grown = Object.fromEntries(
      LISTS.map((list) => [list, [...(this.#results[list] ?? []), ...(part[list] ?? [])]]),
    );
    this.#results = { ...this.#results, ...grown, finishedAt: new Date().toISOString() };
    this.#done.push(section);
    this.#write();
    writeFileSync(`${this.file}.unfinished`, JSON.stringify({ form: this.#results.form, done: this.#done }));
  }

  /** Nothing is left to be done. */
  finish(): void {
    rmSync(`${this.file}.unfinished`, { force: true });
  }

  #write(): void {
    mkdirSync(dirname(this.file), { recursive: true });
    const temporary = `${this.file}.tmp`;
    writeFileSync(temporary, written(this.#results));
    renameSync(temporary, this.file);
  }
}

/** JSON with a line for each figure: its repetitions, or a pair, beside each other. */
export const written = (results: Results): string =>
  `${JSON.stringify(results, null, 1)}\n`
    .replace(/\[\n([\d.,e+\s-]*)\n\s*\]/g, (_, numbers: string) => `[${numbers.trim().replace(/\s+/g, ' ')}]`)
    .replace(/\{\n\s*("a": [\d.e+-]+),\s*("b": [\d.e+-]+)\s*\}/g, '{ $1, $2 }');
