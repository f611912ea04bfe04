/**
 * The certificate that is served, and its successors: the files are read at the start, and again whenever they change.
 * What is refused changes nothing, and is tried again once a minute: it may only be too early.
 */
import type { Clock } from '../../clock.ts';
import { KeyFileError } from '../../config/secrets/key-file.ts';
import { readSecretText } from '../../config/secrets/secret-text.ts';
import { FileWatch } from '../../disk/file-watch.ts';
import type { TlsEvents } from '../../telemetry/events/tls.ts';
import { CredentialError, readCredentials, type CredentialFiles, type Credentials } from './credentials.ts';

export interface RenewalSettings {
  readonly files: CredentialFiles;
  /** The file of the passphrase, which is read again with the key. */
  readonly passphraseFile: string | undefined;
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly events: Pick<TlsEvents, 'served' | 'renewed' | 'refused' | 'restored'>;
  /** Between two looks at the files. */
  readonly intervalMs?: number;
}

const RETRY_MS = 60_000;

export class Renewal {
  readonly #settings: RenewalSettings;
  readonly #watch: FileWatch;
  #current: Credentials;
  #refused = false;
  #serve: ((credentials: Credentials) => void) | undefined;
  #cancelRetry: (() => void) | undefined;

  /** @throws CredentialError when there is nothing to serve */
  constructor(settings: RenewalSettings) {
    this.#settings = settings;
    const { files, passphraseFile, clock, now, events, intervalMs } = settings;
    const watched = [files.certFile, files.keyFile, files.clientCaFile, passphraseFile];
    this.#watch = new FileWatch({
      files: watched.filter((file) => file !== undefined),
      clock,
      onChange: () => this.#renew(),
      ...(intervalMs !== undefined && { intervalMs }),
    });
    try {
      this.#current = readCredentials(files);
    } catch (error) {
      this.close();
      throw error;
    }
    // Refused, it would keep out those clients as well that do not look at dates, and probes.
    events.served(this.#current.facts, faultOfDates(this.#current, now()));
  }

  get current(): Credentials {
    return this.#current;
  }

  /** Who serves the successors from now on. @throws CredentialError from there: one that cannot be served */
  into(serve: (credentials: Credentials) => void): void {
    this.#serve = serve;
  }

  close(): void {
    this.#watch.stop();
    this.#cancelRetry?.();
  }

  #renew(): void {
    const { events, now, clock } = this.#settings;
    this.#cancelRetry?.();
    try {
      const next = readCredentials(this.#files());
      if (next.content !== this.#current.content) {
        const fault = faultOfDates(next, now());
        if (fault !== undefined) throw new CredentialError(fault);
        this.#serve?.(next);
        this.#current = next;
        events.renewed(next.facts);
      } else if (this.#refused) {
        events.restored();
      }
      this.#refused = false;
    } catch (error) {
      if (!(error instanceof CredentialError)) throw error;
      this.#refused = true;
      events.refused(error.message);
      this.#cancelRetry = clock.after(RETRY_MS, () => this.#renew());
    }
  }

  #files(): CredentialFiles {
    const { files, passphraseFile } = this.#settings;
    if (passphraseFile === undefined) return files;
    try {
      return { ...files, passphrase: readSecretText(passphraseFile) };
    } catch (error) {
      throw error instanceof KeyFileError ? new CredentialError(error.message) : error;
    }
  }
}

/** Why no client believes the certificate at this time, as a sentence; undefined when they can. */
function faultOfDates({ facts, files }: Credentials, now: number): string | undefined {
  const { beginsAt, expiresAt } = facts;
  if (now > expiresAt) return `A certificate in ${files.certFile} has expired on ${dateOf(expiresAt)}.`;
  if (now < beginsAt) return `The certificate in ${files.certFile} is valid from ${dateOf(beginsAt)} on.`;
  return undefined;
}

const dateOf = (time: number): string => new Date(time).toISOString();
