/**
 * A file of the audit log. A line is written before the call returns, whole or not at all. The file may be renamed and
 * made anew, cut to nothing, or written to by the process that takes over: where it is not as it was left, its end is read
 * again, and the chain goes on from there.
 */
import { closeSync, constants, fstatSync, ftruncateSync, openSync, statSync, writeSync } from 'node:fs';
import { faultOfMode, KeyFileError } from '../../config/secrets/key-file.ts';
import { BEGINNING, lineAfter, type Link } from './chain.ts';
import { tailOf, type Tail } from './tail.ts';

/** Others may not read who did what from where. */
const MODE = 0o640;

const { O_RDWR, O_APPEND, O_CREAT, O_NONBLOCK } = constants;

/** Of a line, without those of the chain. */
export type Fields = Readonly<Record<string, unknown>>;

export class AuditFile {
  readonly #path: string;
  /** Of the line that says that the log goes on in another file. */
  readonly #goesOn: () => Fields;
  #descriptor: number;
  /** Bytes, when it was last written to. */
  #size = 0;
  #link: Link = BEGINNING;
  #cut = false;
  /** The event of the last line that was there when it was opened; undefined in a new file. */
  readonly lastEvent: string | undefined;

  /** @throws Error of the system, or KeyFileError when others may write to the file, or when it is no file */
  constructor(path: string, goesOn: () => Fields) {
    this.#path = path;
    this.#goesOn = goesOn;
    this.#descriptor = this.#open();
    this.lastEvent = this.#readEnd()?.event;
  }

  get link(): Link {
    return this.#link;
  }

  /** @throws Error of the system when the line could not be written; the file is then as it was before. */
  append(fields: Fields): void {
    if (this.#lookAgain()) this.#write({ ...this.#goesOn() });
    this.#write(fields);
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  /** Returns true when the log goes on in a file that has nothing of it yet. */
  #lookAgain(): boolean {
    const there = statSync(this.#path, { throwIfNoEntry: false });
    const { dev, ino, size } = fstatSync(this.#descriptor);
    if (there?.ino !== ino || there.dev !== dev) {
      const fresh = this.#open();
      closeSync(this.#descriptor);
      this.#descriptor = fresh;
      // A file that has lines already is that of another process, which went on from ours.
      return this.#readEnd() === undefined;
    }
    if (size === this.#size) return false;
    // Smaller: it was copied and cut. Larger: another process has written, or a line of ours is there in part.
    return this.#readEnd() === undefined;
  }

  #open(): number {
    const descriptor = openSync(this.#path, O_RDWR | O_APPEND | O_CREAT | O_NONBLOCK, MODE);
    const facts = fstatSync(descriptor);
    const fault = facts.isFile() ? faultOfMode(facts.mode, 'public') : 'is not a file.';
    if (fault === undefined) return descriptor;
    closeSync(descriptor);
    throw new KeyFileError(`${this.#path} ${fault}`);
  }

  /** Undefined when the file is empty: the chain then goes on from where it was. */
  #readEnd(): Tail | undefined {
    this.#size = fstatSync(this.#descriptor).size;
    const tail = tailOf(this.#descriptor, this.#size);
    this.#cut = tail?.cut ?? false;
    if (tail !== undefined) this.#link = tail.link;
    return tail;
  }

  #write(fields: Fields): void {
    const { line, link } = lineAfter(this.#link, this.#cut ? { ...fields, after_cut: true } : fields);
    const bytes = Buffer.from(`${this.#cut ? '\n' : ''}${line}\n`);
    let written = 0;
    try {
      while (written < bytes.length) written += writeSync(this.#descriptor, bytes, written);
    } catch (error) {
      if (written > 0) this.#takeBack();
      throw error;
    }
    this.#size += bytes.length;
    this.#link = link;
    this.#cut = false;
  }

  /** Takes a part of a line back. Where that is not possible either, the next look finds it, and the chain goes on from it. */
  #takeBack(): void {
    try {
      ftruncateSync(this.#descriptor, this.#size);
    } catch {
      this.#size = -1;
    }
  }
}
