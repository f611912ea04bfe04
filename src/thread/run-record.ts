/**
 * What a thread is doing with which model version, in a file that outlives the process: a native crash leaves nothing else.
 * One record of fixed size for each thread, written over and over: two system calls of 2 us for a run.
 */
import { readFileSync, writeSync } from 'node:fs';

/** load: opens a session. run: runs one, for a batch or to warm up. */
export type Doing = 'idle' | 'load' | 'run';

const DOINGS: readonly Doing[] = ['idle', 'load', 'run'];

/** Of a record, 32-bit integers: what is done, the instance of the version, and how often this thread has run it. */
const FIELDS = 3;
const RECORD_BYTES = 16;

/** Where a thread keeps its record. */
export interface RecordPlace {
  /** Of the file, which the process has open. */
  readonly descriptor: number;
  /** Number of the record. */
  readonly place: number;
}

/** Bytes of the records of so many threads; what follows them in the file is the journal's. */
export const recordsBytes = (threads: number): number => threads * RECORD_BYTES;

export class RunRecord {
  readonly #descriptor: number;
  readonly #position: number;
  readonly #fields = new Int32Array(RECORD_BYTES / Int32Array.BYTES_PER_ELEMENT);
  readonly #bytes = new Uint8Array(this.#fields.buffer);
  #off = false;

  constructor({ descriptor, place }: RecordPlace) {
    this.#descriptor = descriptor;
    this.#position = recordsBytes(place);
    this.write('idle', 0, 0);
  }

  /** `runs`: of the instance in this thread so far. A disk that is full turns it off: serving is worth more. */
  write(doing: Doing, instance: number, runs: number): void {
    if (this.#off) return;
    this.#fields[0] = DOINGS.indexOf(doing);
    this.#fields[1] = instance;
    this.#fields[2] = runs;
    try {
      writeSync(this.#descriptor, this.#bytes, 0, RECORD_BYTES, this.#position);
    } catch {
      this.#off = true;
    }
  }
}

/** A thread that was doing something. */
export interface Recorded {
  readonly doing: Exclude<Doing, 'idle'>;
  readonly instance: number;
  readonly runs: number;
}

/** The threads that were doing something, from the file of a process that is gone. @throws Error of the file system */
export function readRecords(file: string, threads: number): readonly Recorded[] {
  const bytes = readFileSync(file).subarray(0, recordsBytes(threads));
  const found: Recorded[] = [];
  for (let at = 0; at + RECORD_BYTES <= bytes.length; at += RECORD_BYTES) {
    const [doing, instance, runs] = Array.from({ length: FIELDS }, (_, field) =>
      bytes.readInt32LE(at + field * Int32Array.BYTES_PER_ELEMENT),
    );
    const named = DOINGS[doing!];
    if (named !== undefined && named !== 'idle')
      found.push({ doing: named, instance: instance!, runs: runs! });
  }
  return found;
}
