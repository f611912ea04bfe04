/** A worker of the pool that runs nothing: the test says when a batch is done, and how. */
import { SLOTS_PER_WORKER } from '../../src/messages.ts';
import type { BatchPayload } from '../../src/pool/slab.ts';
import type { BatchOutcome, Dispatched, PoolWorker, WorkerState } from '../../src/pool/worker.ts';
import { settled } from './fake-clock.ts';

interface Held {
  readonly instance: number;
  readonly payload: BatchPayload;
  readonly predictedMs: number;
  readonly resolve: (outcome: BatchOutcome) => void;
  takenBack: boolean;
}

export class FakeWorker {
  readonly id: number;
  state: WorkerState = 'ready';
  /** What it holds, the running batch first. */
  readonly held: Held[] = [];
  /** Overrides the sum of the predictions. */
  remaining: number | undefined;

  constructor(id: number) {
    this.id = id;
  }

  /** As the stages see it: they cannot tell the difference, the compiler can. */
  get asPoolWorker(): PoolWorker {
    return this as unknown as PoolWorker;
  }

  get holding(): number {
    return this.held.length;
  }

  remainingMs(): number {
    return this.remaining ?? this.held.reduce((sum, { predictedMs }) => sum + predictedMs, 0);
  }

  run(instance: number, payload: BatchPayload, predictedMs: number): Dispatched {
    if (this.state !== 'ready') throw new Error(`a batch was sent to a worker that is ${this.state}`);
    if (this.held.length >= SLOTS_PER_WORKER) throw new Error('a batch was sent to a worker that is full');
    const { promise, resolve } = Promise.withResolvers<BatchOutcome>();
    const held: Held = { instance, payload, predictedMs, resolve, takenBack: false };
    this.held.push(held);
    return { outcome: promise, takeBack: () => (held.takenBack = true) };
  }

  /** Ends the running batch, and lets all that follows from it happen. */
  async finish(outcome: BatchOutcome): Promise<void> {
    this.held.shift()?.resolve(outcome);
    await settled();
  }

  /** Answers every entry of the running batch, after `ms` of work. */
  async done(ms = 1): Promise<void> {
    const { payload } = this.held[0]!;
    const count = payload.kind === 'images' ? payload.images.length : payload.entries.length;
    const items = Array.from({ length: count }, () => ({ kind: 'outputs', outputs: [] }) as const);
    await this.finish({ kind: 'done', items, decodeMs: 0, inferMs: ms, postMs: 0 });
  }
}

/** Rows of a batch of rows. */
export const rowsHeld = (payload: BatchPayload): number =>
  payload.kind === 'images'
    ? payload.images.length
    : payload.entries.reduce((sum, { rows }) => sum + rows, 0);
