/** Requests of the simulator, and what became of them. */
import type { Payload } from '../../src/thread/payload.ts';
import type { ModelKind } from './kinds.ts';
import type { Random } from './random.ts';

/** What travels through batcher and scheduler; they do not see what is added here. */
export type SimPayload = Payload & {
  /** On a quiet machine; 0 for rows. */
  readonly decodeMs: number;
};

export interface Request {
  /** Number of the model. */
  readonly model: number;
  readonly payloads: readonly SimPayload[];
  /** The client's own deadline, in milliseconds from arrival. */
  readonly timeoutMs: number | undefined;
}

/**
 * refused: on arrival. late: accepted, and then given up as too late. expired: the client's deadline has passed;
 * done: it was answered, in time or not.
 */
export type Ending = 'refused' | 'late' | 'expired' | 'done';

export interface Visit {
  readonly model: number;
  readonly at: number;
  /** By when an answer is of use, in milliseconds from arrival. */
  readonly limitMs: number;
  /** The limit is the client's own: it does not wait any longer. */
  readonly strict: boolean;
  /** Undefined while it waits or runs. */
  ending: Ending | undefined;
  /** From arrival to its end. */
  latencyMs: number;
}

const ROW = [new Uint8Array(4)];

/** Of one image or row each, unless `count` says otherwise. */
export function drawPayloads({ images }: ModelKind, random: Random, count = 1): SimPayload[] {
  return Array.from({ length: count }, () => {
    if (images === undefined) return { kind: 'rows', inputs: ROW, rows: 1, decodeMs: 0 };
    const { header, bytes, decodeMs } = random.pick(images);
    return { kind: 'image', rows: 1, header, bytes, topK: 5, decodeMs };
  });
}
