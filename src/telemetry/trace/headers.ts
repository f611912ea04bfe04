/** The headers of each export, such as a key: what the options say, or what their file holds now. */
import type { Clock } from '../../clock.ts';
import { parseHeaderList } from '../../config/header-list.ts';
import { KeyFileError } from '../../config/secrets/key-file.ts';
import { readSecretText } from '../../config/secrets/secret-text.ts';
import { FileWatch } from '../../disk/file-watch.ts';

export interface HeaderEvents {
  /** The file has changed and is used. */
  headersRead(): void;
  /** It has changed and cannot be used: the headers before it still are. `reason`: a sentence without its content. */
  headersRefused(reason: string): void;
}

export interface HeaderSettings {
  /** The list as it was read at the start. */
  readonly list: string | undefined;
  /** Where it was read from. */
  readonly file: string | undefined;
}

export class ExportHeaders {
  readonly #events: HeaderEvents;
  readonly #watch: FileWatch | undefined;
  #headers: Readonly<Record<string, string>>;

  constructor({ list, file }: HeaderSettings, clock: Clock, events: HeaderEvents) {
    this.#events = events;
    this.#headers = (list === undefined ? undefined : parseHeaderList(list)) ?? {};
    if (file === undefined) return;
    this.#watch = new FileWatch({ files: [file], clock, onChange: () => this.#readAgain(file) });
  }

  get now(): Readonly<Record<string, string>> {
    return this.#headers;
  }

  close(): void {
    this.#watch?.stop();
  }

  #readAgain(file: string): void {
    try {
      const headers = parseHeaderList(readSecretText(file));
      if (headers === undefined)
        throw new KeyFileError(`${file} is not a list of headers: name=value,name=value.`);
      this.#headers = headers;
      this.#events.headersRead();
    } catch (error) {
      if (!(error instanceof KeyFileError)) throw error;
      this.#events.headersRefused(error.message);
    }
  }
}
