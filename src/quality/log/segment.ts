/**
 * One file of a log: lines of JSON that are only added to, by one process, and the table of where each is. The table of a
 * file that is complete lies beside it, and need not be in memory. A file that another process writes, or left behind
 * without a table, is read up to its last whole line.
 */
import { constants } from 'node:fs';
import { open, rename, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { keyOf } from './key.ts';
import { KeyFile, KeyTable } from './key-table.ts';
import { headsOf, idIn, readHead, scanLines } from './lines.ts';
import { tableFileOf, type SegmentName } from './segment-name.ts';

/** A link, wherever it leads, is none of ours. */
const READ = constants.O_RDONLY | constants.O_NOFOLLOW;
/** What others may see of the lines: they hold what clients have sent. */
export const FILE_MODE = 0o640;

export class Segment {
  readonly name: SegmentName;
  readonly path: string;
  readonly #tablePath: string;
  /** Whether this process writes it, or has. */
  readonly own: boolean;
  #table: KeyTable | undefined;
  #file: KeyFile | undefined;
  /** Bytes of the file whose lines are in the table. */
  #known = 0;
  #catchingUp: Promise<void> | undefined;
  /** Bytes of the file whose lines news() has told. */
  #told = 0;

  constructor(folder: string, name: SegmentName, own: boolean) {
    this.name = name;
    this.path = join(folder, name.file);
    this.#tablePath = join(folder, tableFileOf(name.file));
    this.own = own;
    if (own) this.#table = new KeyTable();
  }

  /** Lines of one that this process writes. */
  get lines(): number {
    return this.#table?.count ?? 0;
  }

  /** Of its table. */
  get memoryBytes(): number {
    return this.#table?.bytes ?? 0;
  }

  /** A line of this process is in the file. `end`: where the next one begins. */
  add(requestId: string, at: number, end: number): void {
    this.#table?.add(keyOf(requestId, this.name.salt), at);
    this.#known = end;
  }

  /** The facts of the lines of a request, newest first. None when the file is gone. @throws Error of the file system */
  async find(requestId: string): Promise<readonly string[]> {
    try {
      if (!this.own) await this.#catchUp();
      const keys = this.#table ?? this.#file;
      const places = (await keys?.find(keyOf(requestId, this.name.salt))) ?? [];
      return places.length === 0 ? [] : await this.#read(requestId, places);
    } catch (error) {
      if (isGone(error)) return [];
      throw error;
    }
  }

  /** The lines that were added since the last call, in order, without their inputs. @throws Error of the file system */
  async *news(): AsyncGenerator<string> {
    const file = await open(this.path, READ);
    try {
      const { size } = await file.stat();
      for await (const { head, end } of headsOf(file, this.#told, size)) {
        this.#told = end;
        yield head;
      }
    } finally {
      await file.close();
    }
  }

  /**
   * Writes the table beside the file, which nobody adds to any more, and keeps it in memory until it is released. Where that
   * is not possible, it stays there.
   */
  async seal(): Promise<void> {
    const table = this.#table;
    if (table === undefined || this.#file !== undefined) return;
    const beside = `${this.#tablePath}.${process.pid}.part`;
    try {
      await writeFile(beside, table.encode(this.#known), { mode: FILE_MODE, flag: 'wx' });
      await rename(beside, this.#tablePath);
      this.#file = await this.#tableFile(this.#known);
    } catch {
      await rm(beside, { force: true }).catch(() => undefined);
    }
  }

  /** Whether the table can leave memory. */
  get releasable(): boolean {
    return this.#table !== undefined && this.#file !== undefined;
  }

  release(): void {
    if (this.releasable) this.#table = undefined;
  }

  /** Reads what others have added since the last time; one call at a time does. */
  async #catchUp(): Promise<void> {
    if (this.#file !== undefined) return;
    this.#catchingUp ??= this.#readOn().finally(() => (this.#catchingUp = undefined));
    await this.#catchingUp;
  }

  async #readOn(): Promise<void> {
    const file = await open(this.path, READ);
    try {
      const { size } = await file.stat();
      if (this.#known === 0) {
        this.#file = await this.#tableFile(size).catch(() => undefined);
        if (this.#file !== undefined) return;
      }
      if (size <= this.#known) return;
      this.#table ??= new KeyTable();
      const table = this.#table;
      this.#known = await scanLines(file, this.#known, size, (id, at) =>
        table.add(keyOf(id, this.name.salt), at),
      );
    } finally {
      await file.close();
    }
  }

  #tableFile(size: number): Promise<KeyFile | undefined> {
    return KeyFile.read(() => open(this.#tablePath, READ), size);
  }

  async #read(requestId: string, places: readonly number[]): Promise<readonly string[]> {
    const file = await open(this.path, READ);
    try {
      const heads: string[] = [];
      for (const at of places.toReversed()) {
        const head = await headOf(file, at);
        // Another id may have the same key, and a table that is not ours any place.
        if (head !== undefined && idIn(head) === requestId) heads.push(head);
      }
      return heads;
    } finally {
      await file.close();
    }
  }
}

const headOf = async (file: FileHandle, at: number): Promise<string | undefined> =>
  Number.isSafeInteger(at) && at >= 0 ? readHead(file, at) : undefined;

export const isGone = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';
