/**
 * The API keys that hold now: read at the start, and again whenever their file changes. A file that cannot be used changes
 * nothing: the last good keys stay, and it is said.
 */
import type { Clock } from '../../clock.ts';
import { KeyFileError, readKeyFile } from '../../config/secrets/key-file.ts';
import { FileWatch } from '../../disk/file-watch.ts';
import { KeySet } from './key-set.ts';
import { KeysFileFault, MAX_FILE_BYTES, parseKeys } from './keys-file.ts';

export interface KeyEvents {
  keysRead(file: string, keys: number, active: number): void;
  /** The file is not used, and the keys are those of before. */
  keysRefused(file: string, reason: string): void;
}

export interface LiveKeysSettings {
  readonly file: string;
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly events: KeyEvents;
}

export class LiveKeys {
  readonly #settings: LiveKeysSettings;
  readonly #watch: FileWatch;
  #keys: KeySet;

  /** @throws KeyFileError when the file cannot be used */
  constructor(settings: LiveKeysSettings) {
    const { file, clock } = settings;
    this.#settings = settings;
    this.#watch = new FileWatch({ files: [file], clock, onChange: () => this.#readAgain() });
    try {
      this.#keys = this.#read();
    } catch (error) {
      this.#watch.stop();
      throw error;
    }
  }

  get current(): KeySet {
    return this.#keys;
  }

  close(): void {
    this.#watch.stop();
  }

  #readAgain(): void {
    try {
      this.#keys = this.#read();
    } catch (error) {
      if (!(error instanceof KeyFileError)) throw error;
      this.#settings.events.keysRefused(this.#settings.file, error.message);
    }
  }

  #read(): KeySet {
    const { file, now, events } = this.#settings;
    const keys = new KeySet(readKeys(file));
    events.keysRead(file, keys.size, keys.active(now()));
    return keys;
  }
}

/** The rows of a file of keys. @throws KeyFileError */
export function readKeys(file: string): ReturnType<typeof parseKeys> {
  const text = readKeyFile(file, 'private', MAX_FILE_BYTES).toString('utf8');
  try {
    return parseKeys(text);
  } catch (error) {
    if (error instanceof KeysFileFault) throw new KeyFileError(`${file} ${error.message}`);
    throw error;
  }
}
