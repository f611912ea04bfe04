/**
 * Tokens that were found valid a short time ago, by their digests: verifying a signature takes some 100 µs on a thread of
 * Node's pool. Bounded; the least recently used leaves first.
 */
import { hash } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Identity } from '../identity.ts';

/** Callers at once, with a token each. */
const MAX_VERDICTS = 10_000;
/** After this a token is verified again, so that a key that has left the set does not count for longer. */
const HOLDS_MS = 60_000;

interface Verdict {
  readonly identity: Identity;
  /** Milliseconds since 1970, as the token says it. */
  readonly expiresAt: number;
  /** On the clock that nobody sets. */
  readonly until: number;
}

export class Verdicts {
  readonly #clock: Clock;
  readonly #now: () => number;
  readonly #verdicts = new Map<string, Verdict>();

  /** `now`: milliseconds since 1970. */
  constructor(clock: Clock, now: () => number) {
    this.#clock = clock;
    this.#now = now;
  }

  get size(): number {
    return this.#verdicts.size;
  }

  find(digest: string): Identity | undefined {
    const verdict = this.#verdicts.get(digest);
    if (verdict === undefined) return undefined;
    this.#verdicts.delete(digest);
    if (this.#clock.now() >= verdict.until || this.#now() >= verdict.expiresAt) return undefined;
    this.#verdicts.set(digest, verdict);
    return verdict.identity;
  }

  /** `expiresAt`: from then on the token is not taken, in milliseconds since 1970. */
  keep(digest: string, identity: Identity, expiresAt: number): void {
    if (this.#verdicts.size >= MAX_VERDICTS) {
      const [oldest] = this.#verdicts.keys();
      this.#verdicts.delete(oldest!);
    }
    this.#verdicts.set(digest, { identity, expiresAt, until: this.#clock.now() + HOLDS_MS });
  }

  /** The keys are others. */
  clear(): void {
    this.#verdicts.clear();
  }
}

export const digestOfToken = (token: string): string => hash('sha256', token, 'base64url');
