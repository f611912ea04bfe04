/**
 * A log of lines that are found by the request id that each begins with: those that wait to be written, those of this
 * process, of earlier ones, and of others that share the folder. What it keeps in memory is bounded: the tables of the
 * newest files are there, those of older ones are looked up in their files.
 */
import type { SegmentKind } from './segment-name.ts';
import { headIn } from './lines.ts';
import { Segment } from './segment.ts';
import { LineWriter, type WriterSettings } from './writer.ts';

export interface IndexedLogSettings extends WriterSettings {
  /** Of the tables in memory. */
  readonly tableBytes: number;
}

/** Between two looks for files of other processes. */
const LOOK_MS = 1000;

export class IndexedLog {
  readonly #settings: IndexedLogSettings;
  readonly #writer: LineWriter;
  /** By the name of the file, oldest first. */
  #segments = new Map<string, Segment>();
  #lookedAt = -Infinity;
  #looking: Promise<void> | undefined;

  constructor(settings: IndexedLogSettings) {
    this.#settings = settings;
    this.#writer = new LineWriter(settings, (segment) => this.#keep(segment));
  }

  get kind(): SegmentKind {
    return this.#settings.kind;
  }

  /** Bytes of the tables in memory. */
  get memoryBytes(): number {
    let bytes = 0;
    for (const segment of this.#segments.values()) bytes += segment.memoryBytes;
    return bytes;
  }

  /** Takes a line, which ends with a line feed, or drops it: returns whether it will be written, if the disk allows. */
  add(requestId: string, text: string): boolean {
    return this.#writer.add({ requestId, text });
  }

  /** Resolves when the line is on the disk. @throws Error when it could not be written */
  write(requestId: string, text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (error?: Error): void => (error === undefined ? resolve() : reject(error));
      if (!this.#writer.add({ requestId, text, done })) reject(new Error('Too many lines wait.'));
    });
  }

  /**
   * The facts of the lines of a request as JSON, newest first, for as long as they are asked for. Where there is none, it
   * looks whether others have written one. @throws Error of the file system
   */
  async *find(requestId: string): AsyncGenerator<string> {
    let found = false;
    for (const waiting of this.#writer.waiting.toReversed()) {
      if (waiting.requestId !== requestId) continue;
      found = true;
      yield headIn(waiting.text)!;
    }
    const now = this.#settings.clock.now();
    if (this.#lookedAt === -Infinity) await this.look();
    for (const segment of [...this.#segments.values()].toReversed()) {
      for (const head of await segment.find(requestId)) {
        found = true;
        yield head;
      }
      this.#release();
    }
    if (found || now - this.#lookedAt < LOOK_MS) return;
    const known = new Set(this.#segments.keys());
    await this.look();
    for (const [file, segment] of [...this.#segments].toReversed()) {
      if (!known.has(file)) yield* await segment.find(requestId);
    }
  }

  /**
   * The facts of the lines that others have written since the last call, oldest first. Files that cannot be read are left
   * out. @throws Error of the file system when the folder cannot be read
   */
  async *news(): AsyncGenerator<string> {
    await this.look();
    for (const segment of [...this.#segments.values()]) {
      if (segment.own) continue;
      try {
        yield* segment.news();
      } catch {
        // It was removed meanwhile, or the disk fails: what is in the others counts.
      }
    }
  }

  /** Finds the files of other processes, and forgets those that are gone. @throws Error of the file system */
  async look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
    await this.#looking;
  }

  /** What has to be done now and then, also where nothing is written. */
  async tidy(): Promise<void> {
    await this.#writer.tidy();
    await this.look();
    this.#release();
  }

  /** See LineWriter. */
  close(deadlineMs: number): Promise<void> {
    return this.#writer.close(deadlineMs);
  }

  async #look(): Promise<void> {
    const { folder, kind, clock } = this.#settings;
    const before = new Set(this.#segments.keys());
    const files = (await folder.list()).filter(({ name }) => name.kind === kind);
    this.#lookedAt = clock.now();
    const segments = new Map<string, Segment>();
    for (const { name } of files) {
      segments.set(name.file, this.#segments.get(name.file) ?? new Segment(folder.path, name, false));
    }
    // Those that this process has begun meanwhile.
    for (const [file, segment] of this.#segments) if (!before.has(file)) segments.set(file, segment);
    this.#segments = segments;
    for (const file of files) {
      // Left behind without a table, by a process that was killed.
      if (!file.sealed && folder.isOver(file)) await segments.get(file.name.file)!.seal();
    }
  }

  #keep(segment: Segment): void {
    this.#segments.set(segment.name.file, segment);
    this.#release();
  }

  /** Tables of the oldest files leave memory, as far as they lie beside their files. */
  #release(): void {
    let bytes = this.memoryBytes;
    for (const segment of this.#segments.values()) {
      if (bytes <= this.#settings.tableBytes) return;
      const own = segment.memoryBytes;
      segment.release();
      bytes -= own - segment.memoryBytes;
    }
  }
}
