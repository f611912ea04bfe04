/** Sends again what may succeed later: when, how often, and never past the deadline. Knows nothing of HTTP. */
import { OrtolanError } from './ortolan-error.ts';

/** Time and chance, which tests replace. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Rejects with the reason of the signal when that is aborted. */
  wait(ms: number, signal: AbortSignal | undefined): Promise<void>;
  /** From 0 to 1. */
  random(): number;
}

export interface Limits {
  /** How many times at most. */
  readonly attempts: number;
  /** Longest wait between two attempts, in milliseconds. */
  readonly maxWaitMs: number;
  /** By the clock; Infinity: none. */
  readonly deadline: number;
  readonly signal: AbortSignal | undefined;
}

const FIRST_WAIT_MS = 100;

/**
 * Waits at least as long as the server asks for, longer with each attempt, and up to half of that more, so that many
 * clients do not come back together. Gives up at once when the server asks for more than `maxWaitMs`, or when the wait would
 * end after the deadline.
 * @throws what the last attempt threw, or the reason of the signal
 */
export async function repeat<T>(attempt: () => Promise<T>, limits: Limits, clock: Clock): Promise<T> {
  const { attempts, maxWaitMs, deadline, signal } = limits;
  for (let number = 1; ; number++) {
    signal?.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof OrtolanError) || !error.retryable || number >= attempts) throw error;
      const asked = error.retryAfterMs ?? 0;
      const backOff = Math.min(FIRST_WAIT_MS * 2 ** (number - 1), maxWaitMs);
      const wait = Math.max(asked, backOff) * (1 + clock.random() / 2);
      if (asked > maxWaitMs || clock.now() + wait >= deadline) throw error;
      await clock.wait(wait, signal);
    }
  }
}

export const systemClock: Clock = {
  now: () => Date.now(),
  random: () => Math.random(),
  wait: (ms, signal) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const aborted = (): void => {
        clearTimeout(timer);
        reject(signal!.reason as Error);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', aborted);
        resolve();
      }, ms);
      signal?.addEventListener('abort', aborted, { once: true });
    }),
};
