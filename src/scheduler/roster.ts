/** The models that share the workers, and how much of them each has had. A model's place is its number in the shares. */
import type { Batcher } from '../batcher/batcher.ts';
import type { Batch } from '../batcher/entry.ts';
import type { CostModel } from '../cost/cost-model.ts';
import type { Failure } from '../errors.ts';
import type { BatchPayload } from '../pool/slab.ts';
import type { BatchTrace } from '../telemetry/trace/batch-trace.ts';
import { FairShare } from './fair-share.ts';
import { servingOrder, type ModelFacts } from './policy.ts';
import type { Footprint } from './trail.ts';

/** A model version that can be scheduled. */
export interface Schedulable {
  readonly name: string;
  readonly version: string;
  /** Its number in every worker. */
  readonly instance: number;
  readonly batcher: Batcher;
  readonly costs: CostModel;
  payloadOf(batch: Batch): BatchPayload;
  batchDispatched(batch: Batch): void;
  batchDone(batch: Batch, ms: number): void;
  /** The whole of it, by a fault of the worker's. */
  batchFailed(failure: Failure): void;
  /** Where requests are traced: a batch has been sent. Undefined when none of it is. */
  traceBatch?(batch: Batch, footprint: Footprint): BatchTrace | undefined;
}

export class Roster {
  readonly shares = new FairShare();
  readonly models: Schedulable[] = [];
  readonly #facts: ModelFacts[] = [];
  readonly #places = new Map<Batcher, number>();

  add(model: Schedulable): void {
    const { shares } = this;
    const { batcher } = model;
    const place = shares.open();
    this.models.push(model);
    this.#places.set(batcher, place);
    this.#facts.push({
      get servedMs() {
        return shares.servedMs(place);
      },
      get oldestQueuedAt() {
        return batcher.oldestQueuedAt;
      },
    });
  }

  placeOf(batcher: Batcher): number {
    return this.#places.get(batcher)!;
  }

  /** Places of the models that have rows queued, in the order in which to serve them. */
  get servingOrder(): readonly number[] {
    return servingOrder(this.#facts);
  }

  /** Some model has rows queued. */
  get waiting(): boolean {
    for (const { batcher } of this.models) if (batcher.queuedRows > 0) return true;
    return false;
  }

  /**
   * What a request of the quickest other model takes that has had one lately. Those that wait are served in turn and
   * not kept room for: two models under load would else keep a worker idle for each other.
   */
  shortestOther(place: number, now: number): number {
    let shortest = Infinity;
    for (let other = 0; other < this.models.length; other++) {
      const { costs, batcher } = this.models[other]!;
      if (other === place || batcher.queuedRows > 0 || !this.shares.isActive(other, now)) continue;
      shortest = Math.min(shortest, costs.batchMs(1, costs.typicalDecodeMs));
    }
    return shortest;
  }
}
