/**
 * A simulated PoolWorker, which is busy for as long as machine.ts says. Reports when the scheduler violates a rule: a third
 * batch, or a batch beside a wide run.
 */
import { SLOTS_PER_WORKER } from '../../src/thread/slab-layout.ts';
import type { Width } from '../../src/thread/load.ts';
import { HeldBatches, type Held } from '../../src/pool/held.ts';
import type { Payload } from '../../src/thread/payload.ts';
import type { BatchOutcome, Dispatched } from '../../src/pool/held.ts';
import type { PoolWorker } from '../../src/pool/worker.ts';
import type { WorkerState } from '../../src/pool/worker-settings.ts';
import { durationOf } from './machine.ts';
import type { ModelKind } from './kinds.ts';
import type { SimPayload } from './request.ts';
import type { Timeline } from './timeline.ts';
import { RunNoises, type Noise } from './noise.ts';

interface SimBatch extends Held {
  readonly instance: number;
  readonly payloads: readonly SimPayload[];
  started: boolean;
  cancelled: boolean;
  readonly resolve: (outcome: BatchOutcome) => void;
}

export interface SimWorkerSettings {
  readonly kinds: readonly ModelKind[];
  readonly noise: Noise;
  readonly seed: number;
  readonly hasWide: boolean;
  /** Milliseconds of a message between main thread and worker, which prefetching hides. */
  readonly handOverMs: number;
  /** Called when the scheduler violates a rule. */
  readonly onViolation: (rule: string) => void;
}

export class SimWorker {
  readonly id: number;
  readonly hasWide: boolean;
  state: WorkerState = 'ready';
  /** All workers of the machine, including this one. */
  allWorkers: readonly SimWorker[] = [];
  /** Milliseconds in which it ran batches. */
  busyMs = 0;
  readonly #settings: SimWorkerSettings;
  readonly #timeline: Timeline;
  readonly #held = new HeldBatches();
  /** Batches that the thread has not started. */
  readonly #inbox: SimBatch[] = [];
  readonly #runNoises: RunNoises;
  readonly #heldOf = new Map<number, number>();
  #running = false;

  constructor(id: number, settings: SimWorkerSettings, timeline: Timeline) {
    this.id = id;
    this.hasWide = settings.hasWide;
    this.#settings = settings;
    this.#timeline = timeline;
    this.#runNoises = new RunNoises(settings.noise, settings.seed, id);
  }

  /** Typed as the scheduler expects; it has the members that the scheduler uses. */
  get asPoolWorker(): PoolWorker {
    return this as unknown as PoolWorker;
  }

  get holding(): number {
    return this.#held.count;
  }

  /** How many batches of a model it holds. */
  heldOf(instance: number): number {
    return this.#heldOf.get(instance) ?? 0;
  }

  get longestMs(): number {
    return this.#held.longestMs;
  }

  widePermitMs(now: number): number {
    return this.#held.widePermitMs(now);
  }

  remainingMs(now: number): number {
    return this.#held.remainingMs(now);
  }

  run(instance: number, width: Width, payloads: readonly Payload[], predictedMs: number): Dispatched {
    if (this.holding >= SLOTS_PER_WORKER) this.#settings.onViolation('a batch was sent to a full worker');
    const now = this.#timeline.now();
    const others = this.allWorkers.filter((other) => other !== this);
    if (others.some((other) => other.widePermitMs(now) > 0))
      this.#settings.onViolation('a batch was sent beside a wide run');
    if (width === 'wide' && others.some(({ holding }) => holding > 0)) {
      this.#settings.onViolation('a wide run was started beside others');
    }
    const { promise, resolve } = Promise.withResolvers<BatchOutcome>();
    const held: SimBatch = {
      instance,
      width,
      payloads: payloads as readonly SimPayload[],
      predictedMs,
      begunAt: now,
      started: false,
      cancelled: false,
      resolve,
    };
    this.#held.add(held);
    this.#heldOf.set(instance, this.heldOf(instance) + 1);
    this.#timeline.after(this.#settings.handOverMs, () => {
      this.#inbox.push(held);
      this.#begin();
    });
    const takeBack = (): boolean => !held.started && (held.cancelled = true);
    return { outcome: promise, takeBack };
  }

  #begin(): void {
    if (this.#running) return;
    const held = this.#inbox.shift();
    if (held === undefined) return;
    held.started = true;
    if (held.cancelled) {
      this.#reply(held, { kind: 'cancelled' });
      return this.#begin();
    }
    this.#running = true;
    const { instance, payloads, width } = held;
    const { kinds, noise } = this.#settings;
    const now = this.#timeline.now();
    const { decodeMsOf, decodeMs, inferMs } = durationOf(
      kinds[instance]!,
      payloads,
      width,
      now,
      noise,
      this.#runNoises.take(),
    );
    this.#timeline.after(decodeMs + inferMs, () => {
      this.#running = false;
      this.busyMs += decodeMs + inferMs;
      const items = payloads.map(({ rows }) => {
        const data = new Uint8Array(4 * rows);
        return { kind: 'outputs', outputs: [{ shape: [rows], data }] } as const;
      });
      this.#reply(held, { kind: 'done', items, decodeMsOf, decodeMs, inferMs, postMs: 0 });
      this.#begin();
    });
  }

  #reply(held: SimBatch, outcome: BatchOutcome): void {
    this.#timeline.after(this.#settings.handOverMs, () => {
      this.#held.release(held, this.#timeline.now());
      this.#heldOf.set(held.instance, this.heldOf(held.instance) - 1);
      held.resolve(outcome);
    });
  }
}
