/** A worker of the pool that runs nothing: the test ends each batch with an outcome. */
import type { Clock } from '../../src/clock.ts';
import { SLOTS_PER_WORKER } from '../../src/thread/slab-layout.ts';
import type { Width } from '../../src/thread/load.ts';
import type { Payload } from '../../src/thread/payload.ts';
import type { BatchOutcome, Dispatched } from '../../src/pool/held.ts';
import type { PoolWorker } from '../../src/pool/worker.ts';
import type { WorkerState } from '../../src/pool/worker-settings.ts';
import { settled } from './fake-clock.ts';

interface Held {
  readonly instance: number;
  readonly width: Width;
  readonly payloads: readonly Payload[];
  readonly predictedMs: number;
  begunAt: number;
  readonly resolve: (outcome: BatchOutcome) => void;
  takenBack: boolean;
}

/** How long a wide batch blocks the other workers. */
export const WIDE_PERMIT_MS = 1000;

export class FakeWorker {
  readonly id: number;
  /** Whether it has a wide session of every model. */
  hasWide = false;
  state: WorkerState = 'ready';
  /** The batches that it holds, the running one first. */
  readonly held: Held[] = [];
  /** Overrides the sum of the predictions. */
  remaining: number | undefined;

  readonly #clock: Pick<Clock, 'now'>;

  /** Without a clock, the remaining time of a batch is its prediction until it ends. */
  constructor(id: number, clock: Pick<Clock, 'now'> = { now: () => 0 }) {
    this.id = id;
    this.#clock = clock;
  }

  /** Typed as the stages expect; it has the members that they use. */
  get asPoolWorker(): PoolWorker {
    return this as unknown as PoolWorker;
  }

  get holding(): number {
    return this.held.length;
  }

  remainingMs(now: number): number {
    if (this.remaining !== undefined) return this.remaining;
    const [first, ...next] = this.held;
    if (first === undefined) return 0;
    const left = Math.abs(first.predictedMs - (now - first.begunAt));
    return next.reduce((sum, { predictedMs }) => sum + predictedMs, left);
  }

  /** When the running batch ends if its prediction is right, in clock milliseconds. */
  get endsAt(): number {
    const [first] = this.held;
    return first === undefined ? Infinity : first.begunAt + first.predictedMs;
  }

  get longestMs(): number {
    return Math.max(0, ...this.held.map(({ predictedMs }) => predictedMs));
  }

  widePermitMs(now: number): number {
    const [first] = this.held;
    return first?.width === 'wide' ? Math.max(0, first.begunAt + WIDE_PERMIT_MS - now) : 0;
  }

  run(instance: number, width: Width, payloads: readonly Payload[], predictedMs: number): Dispatched {
    if (this.state !== 'ready') throw new Error(`a batch was sent to a worker that is ${this.state}`);
    if (this.held.length >= SLOTS_PER_WORKER) throw new Error('a batch was sent to a worker that is full');
    const { promise, resolve } = Promise.withResolvers<BatchOutcome>();
    const held: Held = {
      instance,
      width,
      payloads,
      predictedMs,
      begunAt: this.#clock.now(),
      resolve,
      takenBack: false,
    };
    this.held.push(held);
    return { outcome: promise, takeBack: () => (held.takenBack = true) };
  }

  /** Ends the running batch, and waits until its callbacks have run. */
  async finish(outcome: BatchOutcome): Promise<void> {
    this.held.shift()?.resolve(outcome);
    const [next] = this.held;
    if (next !== undefined) next.begunAt = this.#clock.now();
    await settled();
  }

  /** Ends the running batch with a result for every entry: `ms` of the run, `decodeMs` of decoding each image. */
  async done(ms = 1, decodeMs = 0): Promise<void> {
    const { payloads } = this.held[0]!;
    const items = payloads.map(() => ({ kind: 'outputs', outputs: [] }) as const);
    const decodeMsOf = payloads[0]?.kind === 'image' ? items.map(() => decodeMs) : [];
    const sum = decodeMs * decodeMsOf.length;
    await this.finish({ kind: 'done', items, decodeMs: sum, decodeMsOf, inferMs: ms, postMs: 0 });
  }
}
