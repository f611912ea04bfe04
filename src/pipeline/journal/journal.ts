/**
 * The journal of a pipeline: a file that events are only ever appended to, one JSON text a line. An event is on the disk when
 * append() returns. What a process that was killed has left of a line is cut off by the next one that opens the file to write.
 */
import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolder } from '../../disk/make-folder.ts';
import { PipelineError } from '../pipeline-error.ts';
import { eventOf, parseEvent, type EventData, type EventKind, type PipelineEvent } from './event.ts';
import { cutEvents } from './cut.ts';

export const JOURNAL_FILE = 'journal.jsonl';

/** Some four hundred runs. A larger journal is cut when the next run begins. */
const MAX_BYTES = 4 * 1024 * 1024;

export interface JournalSettings {
  /** The folder of the pipeline; made when it is not there. */
  readonly folder: string;
  readonly model: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** What appends events; the rest of a pipeline knows no more of the journal. */
export interface Recorder {
  append<Kind extends EventKind>(run: string, kind: Kind, data: EventData[Kind]): PipelineEvent;
}

export class Journal implements Recorder {
  readonly #settings: JournalSettings;
  readonly #file: string;
  #descriptor: number;
  #size: number;
  #events: PipelineEvent[];
  /** Called with each event after it is on the disk. */
  onEvent: (event: PipelineEvent) => void = () => undefined;

  /** @throws PipelineError when the folder cannot be written, or a line of the file is no event */
  constructor(settings: JournalSettings) {
    this.#settings = settings;
    this.#file = join(settings.folder, JOURNAL_FILE);
    try {
      makeFolder(settings.folder, 0o750);
      this.#descriptor = openSync(this.#file, 'a', 0o640);
      syncFolder(settings.folder);
    } catch (error) {
      throw new PipelineError(
        `The journal ${this.#file} cannot be written (${(error as NodeJS.ErrnoException).code}): name another folder by state.`,
        'settings',
      );
    }
    const { events, whole } = readJournal(settings.folder);
    ftruncateSync(this.#descriptor, whole);
    this.#size = whole;
    this.#events = events;
    const other = events.find(({ data }) => data.model !== settings.model);
    if (other === undefined) return;
    this.close();
    throw new PipelineError(
      `${this.#file} is the journal of the model ${other.data.model}: give each pipeline a state folder of its own.`,
      'settings',
    );
  }

  get events(): readonly PipelineEvent[] {
    return this.#events;
  }

  /** Returns when the event is on the disk. @throws Error of the file system; the file is then as it was before */
  append<Kind extends EventKind>(run: string, kind: Kind, data: EventData[Kind]): PipelineEvent {
    const { model, now } = this.#settings;
    const event = eventOf({ kind, data, model, run, at: this.#events.length + 1, now: now() });
    const bytes = Buffer.from(`${JSON.stringify(event)}\n`);
    try {
      let written = 0;
      while (written < bytes.length) written += writeSync(this.#descriptor, bytes, written);
      fsyncSync(this.#descriptor);
    } catch (error) {
      ftruncateSync(this.#descriptor, this.#size);
      throw error;
    }
    this.#size += bytes.length;
    this.#events.push(event);
    this.onEvent(event);
    return event;
  }

  /** Leaves out the oldest runs of a journal that has become large. Between runs only. */
  cut(): void {
    if (this.#size <= MAX_BYTES) return;
    const kept = cutEvents(this.#events, this.#settings);
    const text = kept.map((event) => `${JSON.stringify(event)}\n`).join('');
    const written = `${this.#file}.part`;
    writeFileSync(written, text, { mode: 0o640, flush: true });
    renameSync(written, this.#file);
    syncFolder(this.#settings.folder);
    closeSync(this.#descriptor);
    this.#descriptor = openSync(this.#file, 'a', 0o640);
    this.#size = Buffer.byteLength(text);
    this.#events = kept;
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

/** A new name is on the disk when its folder is. */
function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

export interface ReadJournal {
  readonly events: PipelineEvent[];
  /** Bytes of the whole lines; what is behind them is a line that was never finished. */
  readonly whole: number;
}

/** The events of a folder; none when there is no journal. @throws PipelineError when a line is no event */
export function readJournal(folder: string): ReadJournal {
  const file = join(folder, JOURNAL_FILE);
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { events: [], whole: 0 };
    throw new PipelineError(`The journal ${file} cannot be read (${code}).`, 'settings');
  }
  return parseJournal(bytes, `${dirname(file)}/${JOURNAL_FILE}`);
}

/** `file`: for the sentence. @throws PipelineError when a line other than an unfinished last one is no event */
export function parseJournal(bytes: Buffer, file: string): ReadJournal {
  const events: PipelineEvent[] = [];
  let whole = 0;
  for (let end; (end = bytes.indexOf(LF, whole)) >= 0; whole = end + 1) {
    const event = parseEvent(bytes.toString('utf8', whole, end));
    if (event === undefined) {
      throw new PipelineError(
        `Line ${events.length + 1} of ${file} is no event of a pipeline: something else has written to it. Move the file away to begin a new journal.`,
        'settings',
      );
    }
    events.push(event);
  }
  return { events, whole };
}

const LF = 0x0a;
