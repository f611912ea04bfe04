/** Credentials that are fetched when they are first needed and again before they run out; one fetch at a time. */

export interface Expiring {
  /** Milliseconds since 1970; undefined: they do not run out by themselves. */
  readonly expiresAt?: number | undefined;
}

/** So long before their end they are fetched anew. */
const MARGIN_MS = 5 * 60_000;

export class Kept<Credentials extends Expiring> {
  readonly #fetch: (signal: AbortSignal | undefined) => Promise<Credentials>;
  readonly #now: () => number;
  #kept: Credentials | undefined;
  #fetching: Promise<Credentials> | undefined;

  /** `now`: milliseconds since 1970. */
  constructor(fetch: (signal: AbortSignal | undefined) => Promise<Credentials>, now: () => number) {
    this.#fetch = fetch;
    this.#now = now;
  }

  /** @throws ArtifactError when there are none */
  async get(signal?: AbortSignal): Promise<Credentials> {
    const { expiresAt = Infinity } = this.#kept ?? {};
    if (this.#kept !== undefined && expiresAt - this.#now() > MARGIN_MS) return this.#kept;
    this.#fetching ??= this.#fetch(signal).finally(() => (this.#fetching = undefined));
    return (this.#kept = await this.#fetching);
  }

  /** Whether those that are kept might be followed by others: files and tokens are read again. */
  get canRenew(): boolean {
    return this.#kept !== undefined;
  }

  /** The store has refused them: they are fetched anew. */
  renew(): void {
    this.#kept = undefined;
  }
}
