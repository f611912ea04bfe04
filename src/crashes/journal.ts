/**
 * The file in which a process has on record what its threads do, for the one that comes after a crash: first a record of
 * each thread (src/thread/run-record.ts), then a line of JSON for each model version, which says what an instance is.
 */
import {
  closeSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { recordsBytes, readRecords, type Recorded } from '../thread/run-record.ts';

/** A version that a thread may be doing something with. */
interface Entered {
  readonly instance: number;
  readonly model: string;
  readonly version: string;
}

/** What a version was doing when the process ended, in one thread or several. */
export interface Found {
  readonly model: string;
  readonly version: string;
  readonly doing: Recorded['doing'];
  /** How often it had run since the start, in the threads that were doing something with it. */
  readonly runs: number;
}

/** Of a machine that shares the folder: another one has the same process ids. */
const HOST = hostname().replaceAll(/[^\w-]/g, '_');
/** Whoever comes after a process reads its record at once; one this old is nobody's. */
const STALE_MS = 600_000;
const NAME = /^running\.(?<host>[\w-]+)\.(?<pid>\d+)\.(?<threads>\d+)\.\d+$/;

let opened = 0;

export class Journal {
  readonly descriptor: number;
  readonly #file: string;
  #end: number;

  /** `folder`: one that is there. @throws Error of the file system */
  constructor(folder: string, threads: number) {
    this.#file = join(folder, `running.${HOST}.${process.pid}.${threads}.${opened++}`);
    // Not truncated before the name is taken: an id that comes round again finds the file of a process that is gone.
    this.descriptor = openSync(this.#file, 'w+', 0o600);
    this.#end = recordsBytes(threads);
    ftruncateSync(this.descriptor, this.#end);
  }

  /** Notes which version an instance is, before any thread has it. */
  enter(entered: Entered): void {
    try {
      this.#end += writeSync(this.descriptor, `${JSON.stringify(entered)}\n`, this.#end);
    } catch {
      // The disk is full: a crash of this version would go unnamed.
    }
  }

  /** The process ends as it should, and all its threads have ended. */
  close(): void {
    closeSync(this.descriptor);
    rmSync(this.#file, { force: true });
  }
}

/**
 * What was running in a process that has ended, with the fewest runs first; undefined when it has left no record. Removes its files,
 * and old ones of other processes of this machine that are gone.
 */
export function takeRecord(folder: string, pid: number): readonly Found[] | undefined {
  let found: Found[] | undefined;
  for (const name of readdirSync(folder)) {
    const { host, pid: of, threads } = NAME.exec(name)?.groups ?? {};
    if (host !== HOST || isAlive(Number(of))) continue;
    const file = join(folder, name);
    if (Number(of) === pid) found = [...(found ?? []), ...read(file, Number(threads))];
    else if (Date.now() - statSync(file).mtimeMs < STALE_MS) continue;
    rmSync(file, { force: true });
  }
  return found?.toSorted((a, b) => a.runs - b.runs);
}

function read(file: string, threads: number): Found[] {
  const lines = readFileSync(file).subarray(recordsBytes(threads)).toString().split('\n');
  const versions = new Map<number, Entered>();
  for (const line of lines) {
    const entered = parsed(line);
    if (entered !== undefined) versions.set(entered.instance, entered);
  }
  const found = new Map<number, Found>();
  for (const { doing, instance, runs } of readRecords(file, threads)) {
    const entered = versions.get(instance);
    if (entered === undefined) continue;
    const { model, version } = entered;
    found.set(instance, { model, version, doing, runs: runs + (found.get(instance)?.runs ?? 0) });
  }
  return [...found.values()];
}

/** The last line may be cut off. */
function parsed(line: string): Entered | undefined {
  try {
    return JSON.parse(line) as Entered;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
