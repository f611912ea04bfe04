/**
 * Keeps the key set of an issuer at hand. It is read again in good time, in the background: no request waits for it, and an
 * issuer that is down, slow or talks nonsense changes nothing, since the last good set stays. Only a token with a key that
 * is not in the set makes it read early, for a key that is new; and that at most once in EARLY_EVERY_MS.
 */
import type { Clock } from '../../clock.ts';

export interface KeySourceSettings<Keys> {
  /** Reads the set; bounded in size and time by itself. */
  readonly read: (signal: AbortSignal) => Promise<Keys>;
  readonly clock: Clock;
  /** Between two reads that succeed, in milliseconds; undefined: only when somebody asks. */
  readonly refreshMs: number | undefined;
  readonly events: KeySourceEvents<Keys>;
}

export interface KeySourceEvents<Keys> {
  /** A set was read; it may be the same as before. */
  keySetRead(keys: Keys): void;
  /** `ageMs`: of the set that stays; undefined: there is none. */
  keySetFailed(reason: unknown, ageMs: number | undefined): void;
}

/** The first pause after a failure; it doubles with each, up to LONGEST_PAUSE_MS. */
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
const EARLY_EVERY_MS = 10_000;

export class KeySource<Keys> {
  readonly #settings: KeySourceSettings<Keys>;
  readonly #stop = new AbortController();
  #keys: Keys | undefined;
  #readAt = -Infinity;
  #triedAt = -Infinity;
  #failures = 0;
  #reading: Promise<void> | undefined;
  #cancel: (() => void) | undefined;

  constructor(settings: KeySourceSettings<Keys>) {
    this.#settings = settings;
  }

  /** Undefined as long as none was read. */
  get current(): Keys | undefined {
    return this.#keys;
  }

  /** How long ago the set was read, in milliseconds. */
  get ageMs(): number | undefined {
    return this.#keys === undefined ? undefined : this.#settings.clock.now() - this.#readAt;
  }

  /** A set that was kept from an earlier start, for the time until one is read. */
  restore(keys: Keys, ageMs: number): void {
    this.#keys = keys;
    this.#readAt = this.#settings.clock.now() - ageMs;
  }

  /** Reads the set, or waits for the read that runs. Never rejects. */
  read(): Promise<void> {
    this.#reading ??= this.#read().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  /** The same, unless the last attempt was a short time ago. */
  async readEarly(): Promise<void> {
    const sinceMs = this.#settings.clock.now() - this.#triedAt;
    if (this.#reading !== undefined || sinceMs >= EARLY_EVERY_MS) await this.read();
  }

  close(): void {
    this.#cancel?.();
    this.#stop.abort(new Error('the server is shutting down'));
  }

  async #read(): Promise<void> {
    const { read, clock, events } = this.#settings;
    this.#cancel?.();
    this.#triedAt = clock.now();
    try {
      const keys = await read(this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      this.#keys = keys;
      this.#readAt = clock.now();
      this.#failures = 0;
      events.keySetRead(keys);
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      this.#failures++;
      events.keySetFailed(error, this.ageMs);
    }
    this.#readLater();
  }

  #readLater(): void {
    const { clock, refreshMs } = this.#settings;
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (this.#failures - 1), LONGEST_PAUSE_MS);
    const waitMs = this.#failures === 0 ? refreshMs : Math.min(pauseMs, refreshMs ?? Infinity);
    if (waitMs !== undefined) this.#cancel = clock.after(waitMs, () => void this.read());
  }
}
