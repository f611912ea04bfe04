/** Requests of the simulator, and the record of each. */
import type { Payload } from '../../src/thread/payload.ts';
import type { ModelKind } from './kinds.ts';
import type { Random } from './random.ts';

/** A payload with the decode time that the simulated worker takes; batcher and scheduler do not use it. */
export type SimPayload = Payload & {
  /** Milliseconds on a machine without noise; 0 for rows. */
  readonly decodeMs: number;
};

export interface Request {
  /** Number of the model. */
  readonly model: number;
  readonly payloads: readonly SimPayload[];
  /** The client's deadline, in milliseconds from arrival; undefined: none. */
  readonly timeoutMs: number | undefined;
}

/**
 * refused: not admitted. late: accepted, and failed later because it was late. expired: the client's deadline passed.
 * done: answered, in time or not.
 */
export type RequestOutcome = 'refused' | 'late' | 'expired' | 'done';

export interface RequestRecord {
  readonly model: number;
  readonly at: number;
  /** The client's deadline or the SLO, in milliseconds from arrival. */
  readonly limitMs: number;
  /** The limit is the client's deadline, after which it no longer waits. */
  readonly strict: boolean;
  /** Undefined while the request is queued or running. */
  outcome: RequestOutcome | undefined;
  /** From arrival to its outcome. */
  latencyMs: number;
}

const ROW = [{ shape: [1, 1], data: new Uint8Array(4) }];

/** Draws `count` payloads of one image or row each. */
export function drawPayloads({ images }: ModelKind, random: Random, count = 1): SimPayload[] {
  return Array.from({ length: count }, () => {
    if (images === undefined) return { kind: 'tensors', inputs: ROW, rows: 1, decodeMs: 0 };
    const { header, bytes, decodeMs } = random.pick(images);
    return { kind: 'image', rows: 1, header, bytes, topK: 5, decodeMs };
  });
}
