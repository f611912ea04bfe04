/** Tries again what may go well the next time: more and more rarely, at random times, and not for ever. */
import type { Clock } from '../clock.ts';
import { StoreUnreachable } from '../outbound/store/connection.ts';
import { ArtifactError } from './artifact-error.ts';

/** The store has too much to do, or a fault of its own. */
export class Transient extends Error {
  override readonly name = 'Transient';
  /** What the store asks to wait, in milliseconds; 0: what stood in the way is out of it. */
  readonly waitMs: number | undefined;

  constructor(message: string, waitMs?: number) {
    super(message);
    this.waitMs = waitMs;
  }
}

export interface Patience {
  readonly clock: Clock;
  /** The first one included. */
  readonly attempts: number;
  /** From 0 to 1, for tests. */
  readonly random?: () => number;
}

export const ATTEMPTS = 6;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 20_000;
/** A store that asks for more is not waited for. */
const LONGEST_ASKED_MS = 60_000;

/**
 * The first result of `attempt` that is no Transient or StoreUnreachable.
 * @throws ArtifactError unreachable after the last attempt; the reason of the signal
 */
export async function retrying<Result>(
  { clock, attempts, random = Math.random }: Patience,
  signal: AbortSignal | undefined,
  attempt: () => Promise<Result>,
): Promise<Result> {
  for (let tried = 1; ; tried++) {
    signal?.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Transient || error instanceof StoreUnreachable)) throw error;
      const asked = error instanceof Transient ? (error.waitMs ?? 0) : 0;
      if (tried >= attempts || asked > LONGEST_ASKED_MS) {
        const times = tried === 1 ? '' : ` (${tried} attempts)`;
        throw new ArtifactError('unreachable', `${error.message}${times}.`, { cause: error });
      }
      if (error instanceof Transient && error.waitMs === 0) continue;
      // Clients that were all refused at the same moment do not come back at the same moment.
      const most = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (tried - 1));
      await wait(clock, asked + most * random(), signal);
    }
  }
}

/** `Retry-After` in milliseconds: a number of seconds; dates are not waited for. */
export function waitOf(header: string | undefined): number | undefined {
  return header !== undefined && /^[1-9]\d{0,5}$/.test(header.trim()) ? Number(header) * 1000 : undefined;
}

export function wait(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      disarm();
      reject(signal!.reason as Error);
    };
    const disarm = clock.after(ms, () => {
      signal?.removeEventListener('abort', abort);
      resolve();
    });
    signal?.addEventListener('abort', abort, { once: true });
  });
}
