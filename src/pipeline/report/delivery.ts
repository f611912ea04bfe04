/**
 * Tells a webhook of the events of the journal, in their order, each at least once: how far it was told is on the disk, and what could
 * not be told is told with the next event, or by the next process. A receiver that is away holds up nothing.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSecretText } from '../../config/secrets/secret-text.ts';
import { KeyFileError } from '../../config/secrets/key-file.ts';
import { EventSender } from '../../outbound/event-sender.ts';
import type { PipelineEvent } from '../journal/event.ts';

const FILE = 'delivered.json';
const TIMEOUT_MS = 5000;

export interface DeliverySettings {
  readonly url: URL;
  readonly tokenFile: string | undefined;
  /** The state folder. */
  readonly folder: string;
  readonly events: () => readonly PipelineEvent[];
  /** Of why events cannot be told; once until it works again. */
  readonly say: (sentence: string) => void;
}

interface Told {
  readonly id: string;
  readonly time: string;
}

export class Delivery {
  readonly #settings: DeliverySettings;
  readonly #sender: EventSender;
  #running: Promise<void> | undefined;
  #fault: string | undefined;

  constructor(settings: DeliverySettings) {
    this.#settings = settings;
    const { url, tokenFile } = settings;
    this.#sender = new EventSender({
      url,
      // Read for each event: a token is renewed.
      headers: () =>
        tokenFile === undefined ? {} : { authorization: `Bearer ${readSecretText(tokenFile)}` },
      timeoutMs: TIMEOUT_MS,
      connections: 1,
    });
  }

  /** Events that were not told yet. */
  get waiting(): readonly PipelineEvent[] {
    const events = this.#settings.events();
    const told = this.#told();
    if (told === undefined) return events;
    const at = events.findIndex(({ id }) => id === told.id);
    // A journal that was cut has it no more.
    return at >= 0 ? events.slice(at + 1) : events.filter(({ time }) => time > told.time);
  }

  /** Tells what is waiting, unless that goes on already. Resolves when all is told, or the receiver is away. Never rejects. */
  tell(): Promise<void> {
    this.#running ??= this.#tellAll().finally(() => (this.#running = undefined));
    return this.#running;
  }

  async #tellAll(): Promise<void> {
    for (let [next] = this.waiting; next !== undefined; [next] = this.waiting) {
      const fault = await this.#post(next);
      if (fault !== undefined) {
        if (fault !== this.#fault) this.#settings.say(`Events are not told: ${fault}`);
        this.#fault = fault;
        return;
      }
      this.#fault = undefined;
      // Else it would be told again and again.
      if (!this.#noted({ id: next.id, time: next.time })) return;
    }
  }

  /** Ends what is being told; the rest is told by the next process. */
  close(): Promise<void> {
    return this.#sender.close();
  }

  /** Why it was not taken. One that is refused is held, too: mostly it is the token that is wrong. */
  async #post({ id, type, source, subject, time, data }: PipelineEvent): Promise<string | undefined> {
    const event = { id, type, source, time, extensions: { subject }, body: JSON.stringify(data) };
    try {
      const told = await this.#sender.send({ ...event, contentType: 'application/json' });
      return told.kind === 'taken' ? undefined : told.reason;
    } catch (error) {
      if (error instanceof KeyFileError) return error.message;
      throw error;
    }
  }

  #told(): Told | undefined {
    try {
      const { id, time } = JSON.parse(
        readFileSync(join(this.#settings.folder, FILE), 'utf8'),
      ) as Partial<Told>;
      return id === undefined || time === undefined ? undefined : { id, time };
    } catch {
      return undefined;
    }
  }

  #noted(told: Told): boolean {
    const file = join(this.#settings.folder, FILE);
    try {
      writeFileSync(`${file}.part`, JSON.stringify(told));
      renameSync(`${file}.part`, file);
      return true;
    } catch (error) {
      this.#settings.say(`${file} cannot be written (${(error as NodeJS.ErrnoException).code}).`);
      return false;
    }
  }
}
