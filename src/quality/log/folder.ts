/**
 * The folder of a log: which files of ours are in it, and which have to go, because they are too old or take too much
 * room. Several processes may share it, one after the other or at once: each removes what is beyond the limits, whoever
 * wrote it, and never a file that is still written.
 */
import { lstat, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isGone } from './segment.ts';
import { segmentNameOf, tableFileOf, type SegmentName } from './segment-name.ts';

export interface FolderLimits {
  /** Lines older than this are removed, a whole file at a time. */
  readonly keepMs: number;
  /** Of all files together. */
  readonly maxBytes: number;
  /** A file is written for no longer than this. */
  readonly segmentMs: number;
}

export interface FolderFile {
  readonly name: SegmentName;
  /** With its table. */
  readonly bytes: number;
  /** When it was last written to, in milliseconds since 1970. */
  readonly writtenAt: number;
  /** Whether its table lies beside it. */
  readonly sealed: boolean;
}

/** How long a process may be late to begin its next file, and the clocks of machines may differ. */
const SLACK_MS = 60_000;

/** Tables, and parts of them whose process has ended before it was done. */
const TABLE = /^((?:predictions|feedback)-[\dTZ]+-[0-9a-f]{8})\.idx(\.\d+\.part)?$/;

export class LogFolder {
  readonly path: string;
  readonly #limits: FolderLimits;
  /** Milliseconds since 1970. */
  readonly #now: () => number;
  #bytes = 0;
  /** Files that this process has written and begun another one after. */
  readonly #done = new Set<string>();

  constructor(path: string, limits: FolderLimits, now: () => number) {
    this.path = path;
    this.#limits = limits;
    this.#now = now;
  }

  /** Of all files, when they were last looked at. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Oldest first. @throws Error of the file system */
  async list(): Promise<readonly FolderFile[]> {
    const found = (await readdir(this.path)).map(segmentNameOf).filter((name) => name !== undefined);
    const files = await Promise.all(found.map((name) => this.#fileOf(name)));
    const there = files.filter((file) => file !== undefined);
    this.#bytes = there.reduce((sum, { bytes }) => sum + bytes, 0);
    return there.sort((a, b) => a.name.begunAt - b.name.begunAt);
  }

  /** This process adds no more to the file. */
  done({ file }: SegmentName): void {
    this.#done.add(file);
  }

  /** Whether nobody writes it any more: it has its table, or its process has begun another one since. */
  isOver({ name, writtenAt, sealed }: Omit<FolderFile, 'bytes'>): boolean {
    if (sealed || this.#done.has(name.file)) return true;
    return this.#now() > Math.max(name.begunAt + this.#limits.segmentMs, writtenAt) + SLACK_MS;
  }

  /**
   * Removes what is too old, and then the oldest predictions, until `room` more bytes fit; what clients have said of
   * predictions only where there is nothing else left. Returns the number of files. @throws Error of the file system
   */
  async enforce(room: number): Promise<number> {
    const files = (await this.list()).filter((file) => this.isOver(file));
    const { keepMs, maxBytes } = this.#limits;
    const tooOld = files.filter(({ writtenAt }) => writtenAt < this.#now() - keepMs);
    const rest = files.filter((file) => !tooOld.includes(file));
    const inOrder = [
      ...rest.filter(({ name }) => name.kind === 'predictions'),
      ...rest.filter(({ name }) => name.kind === 'feedback'),
    ];
    for (const file of tooOld) await this.#remove(file);
    let removed = tooOld.length;
    for (const file of inOrder) {
      if (this.#bytes + room <= maxBytes) break;
      await this.#remove(file);
      removed++;
    }
    await this.#removeStrays();
    return removed;
  }

  async #fileOf(name: SegmentName): Promise<FolderFile | undefined> {
    try {
      const facts = await lstat(join(this.path, name.file));
      if (!facts.isFile()) return undefined; // A link, wherever it leads, is none of ours.
      const { size, mtimeMs } = facts;
      const table = await stat(join(this.path, tableFileOf(name.file))).catch(() => undefined);
      const bytes = size + (table?.size ?? 0);
      return { name, bytes, writtenAt: mtimeMs, sealed: table !== undefined };
    } catch (error) {
      if (isGone(error)) return undefined; // Another process has removed it meanwhile.
      throw error;
    }
  }

  /** The lines first: a table without lines is found by nobody. */
  async #remove({ name, bytes }: FolderFile): Promise<void> {
    for (const file of [name.file, tableFileOf(name.file)]) await rm(join(this.path, file), { force: true });
    this.#bytes -= bytes;
    this.#done.delete(name.file);
  }

  /** Tables without their lines, and parts of tables. */
  async #removeStrays(): Promise<void> {
    const all = new Set(await readdir(this.path));
    for (const file of all) {
      const [, base, part] = TABLE.exec(file) ?? [];
      if (base === undefined || (part === undefined && all.has(`${base}.jsonl`))) continue;
      const path = join(this.path, file);
      const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
      if (mtimeMs < this.#now() - SLACK_MS) await rm(path, { force: true });
    }
  }
}
