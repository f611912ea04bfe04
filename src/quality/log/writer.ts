/**
 * Writes lines into files, off the request path: a line is taken into a bounded queue or dropped, and the queue is written
 * in batches, one at a time, by the system's own threads. A disk that is full, or fails, delays nobody and ends nothing:
 * lines wait, those that do not fit are dropped, and it is tried again, each time in a new file, because the last line of
 * the one before may be cut.
 */
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { Clock } from '../../clock.ts';
import type { LogFolder } from './folder.ts';
import { FILE_MODE, Segment } from './segment.ts';
import { segmentName, type SegmentKind } from './segment-name.ts';

export interface WriterSettings {
  readonly kind: SegmentKind;
  readonly folder: LogFolder;
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Eight hexadecimal digits by chance. */
  readonly salt: () => string;
  /** A file is written until it has so many bytes, or is so old. */
  readonly segmentBytes: number;
  readonly segmentMs: number;
  /** Characters of all lines that wait. */
  readonly maxWaiting: number;
  /** How long a line waits for more to be written with it. */
  readonly delayMs: number;
  /** Whether a line counts as written only when it is on the disk, whatever becomes of the machine. */
  readonly syncs: boolean;
  readonly events: WriterEvents;
}

export interface WriterEvents {
  written(lines: number): void;
  dropped(lines: number): void;
  /** From now on lines wait. */
  failing(reason: string): void;
  works(): void;
  removed(files: number): void;
}

/** A line that waits. */
export interface Waiting {
  readonly requestId: string;
  /** With its line end. */
  readonly text: string;
  /** Called when it is written, or with the error that has kept it from being written: it is then forgotten. */
  readonly done?: ((error?: Error) => void) | undefined;
}

/** Lines of a file: a table of 2 MiB at most, and one that is left without is read in a moment. */
const SEGMENT_LINES = 48 * 1024;
const BATCH_CHARACTERS = 1024 * 1024;
/** After a failure, doubled with each further one. */
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_EXCL;

interface Current {
  readonly segment: Segment;
  readonly file: FileHandle;
  bytes: number;
}

export class LineWriter {
  readonly #settings: WriterSettings;
  /** Called with each file that is begun. */
  readonly #begun: (segment: Segment) => void;
  #waiting: Waiting[] = [];
  #characters = 0;
  #current: Current | undefined;
  #running: Promise<void> | undefined;
  #cancel: (() => void) | undefined;
  #failures = 0;
  #closed = false;

  constructor(settings: WriterSettings, begun: (segment: Segment) => void) {
    this.#settings = settings;
    this.#begun = begun;
  }

  /** Lines that are not in a file yet, newest last. */
  get waiting(): readonly Waiting[] {
    return this.#waiting;
  }

  /** Returns false when there is no room for it. */
  add(line: Waiting): boolean {
    const { maxWaiting, events } = this.#settings;
    if (this.#closed || this.#characters + line.text.length > maxWaiting) {
      events.dropped(1);
      return false;
    }
    this.#waiting.push(line);
    this.#characters += line.text.length;
    this.#schedule();
    return true;
  }

  /** Completes a file that is old enough, although nothing is added to it. Never rejects. */
  async tidy(): Promise<void> {
    if (this.#running !== undefined || this.#current === undefined) return;
    const { now, segmentMs } = this.#settings;
    if (now() - this.#current.segment.name.begunAt < segmentMs) return;
    this.#running = this.#finish().finally(() => {
      this.#running = undefined;
      if (this.#waiting.length > 0) this.#schedule();
    });
    await this.#running;
  }

  /** Writes what waits, for at most `deadlineMs`; the rest is dropped. Never rejects. */
  async close(deadlineMs: number): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    this.#cancel = undefined;
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const disarm = this.#settings.clock.after(deadlineMs, resolve);
    const all = async (): Promise<void> => {
      await this.#running;
      if (this.#failures === 0) await this.#writeAll();
      await this.#finish();
    };
    await Promise.race([all(), late]);
    disarm();
    const left = this.#waiting.splice(0);
    if (left.length > 0) this.#settings.events.dropped(left.length);
    for (const { done } of left) done?.(new Error('The server has stopped.'));
  }

  #schedule(): void {
    if (this.#closed || this.#running !== undefined || this.#cancel !== undefined) return;
    const { clock, delayMs } = this.#settings;
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.#failures - 1));
    this.#cancel = clock.after(this.#failures > 0 ? pauseMs : delayMs, () => {
      this.#cancel = undefined;
      this.#running = this.#writeAll().finally(() => {
        this.#running = undefined;
        if (this.#waiting.length > 0) this.#schedule();
      });
    });
  }

  /** Until nothing waits, or it fails. Never rejects. */
  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#nextBatch();
      try {
        const current = await this.#place();
        await this.#write(current, batch);
      } catch (error) {
        return this.#failed(error as Error);
      }
      if (this.#failures > 0) this.#settings.events.works();
      this.#failures = 0;
    }
  }

  /** They stay among those that wait until they are written. */
  #nextBatch(): readonly Waiting[] {
    let characters = 0;
    let count = 0;
    for (const { text } of this.#waiting) {
      if (count > 0 && characters + text.length > BATCH_CHARACTERS) break;
      characters += text.length;
      count++;
    }
    return this.#waiting.slice(0, count);
  }

  /** The file that is written now; a new one where there is none, or it is full or old. */
  async #place(): Promise<Current> {
    const { folder, now, kind, salt, segmentBytes, segmentMs } = this.#settings;
    const current = this.#current;
    if (current !== undefined) {
      const { segment, bytes } = current;
      const full = bytes >= segmentBytes || segment.lines >= SEGMENT_LINES;
      if (!full && now() - segment.name.begunAt < segmentMs) return current;
      await this.#finish();
    }
    const removed = await folder.enforce(segmentBytes);
    if (removed > 0) this.#settings.events.removed(removed);
    const segment = new Segment(folder.path, segmentName(kind, now(), salt()), true);
    const file = await open(segment.path, APPEND, FILE_MODE);
    this.#current = { segment, file, bytes: 0 };
    this.#begun(segment);
    return this.#current;
  }

  /** No more is added to the file; its table goes beside it. */
  async #finish(): Promise<void> {
    const current = this.#current;
    if (current === undefined) return;
    this.#current = undefined;
    this.#settings.folder.done(current.segment.name);
    await current.file.close().catch(() => undefined);
    await current.segment.seal();
  }

  async #write(current: Current, batch: readonly Waiting[]): Promise<void> {
    const lengths = batch.map(({ text }) => Buffer.byteLength(text));
    const bytes = Buffer.from(batch.map(({ text }) => text).join(''));
    let written = 0;
    let failure: Error | undefined;
    try {
      while (written < bytes.length) {
        written += (await current.file.write(bytes, written, bytes.length - written)).bytesWritten;
      }
      if (this.#settings.syncs) await current.file.datasync();
    } catch (error) {
      failure = error as Error;
      // What was written may not last.
      if (this.#settings.syncs) written = 0;
    }
    const until = current.bytes + written;
    let whole = 0;
    for (; whole < batch.length && current.bytes + lengths[whole]! <= until; whole++) {
      const end = current.bytes + lengths[whole]!;
      current.segment.add(batch[whole]!.requestId, current.bytes, end);
      current.bytes = end;
    }
    this.#forget(whole);
    if (whole > 0) this.#settings.events.written(whole);
    if (failure === undefined) return;
    // A part of a line, and lines that whoever sent them was told are not there.
    await current.file.truncate(current.bytes).catch(() => undefined);
    throw failure;
  }

  /** Those in front have come to their end. */
  #forget(count: number): void {
    for (const { text, done } of this.#waiting.splice(0, count)) {
      this.#characters -= text.length;
      done?.();
    }
  }

  async #failed(error: Error): Promise<void> {
    const { events } = this.#settings;
    if (this.#failures++ === 0) events.failing(error.message);
    // Its last line may be cut, and its file may be what is wrong.
    await this.#finish();
    // Somebody waits for those that say so: they are told, and may come again.
    const told = this.#waiting.filter(({ done }) => done !== undefined);
    this.#waiting = this.#waiting.filter(({ done }) => done === undefined);
    for (const { text, done } of told) {
      this.#characters -= text.length;
      done?.(error);
    }
    if (told.length > 0) events.dropped(told.length);
  }
}
