/**
 * Costs as a test wants them: so much a row, so much an image, nothing learned. For the batcher and the scheduler, which
 * ask the cost model; what it finds out is the business of its own tests.
 */
import type { CostModel, ImageCost, RanBatch } from '../../src/cost/cost-model.ts';
import type { Width } from '../../src/thread/messages.ts';

export interface Prices {
  /** Rows of the largest batch that pays. */
  readonly cap?: number;
  /** Predicted milliseconds of a row in any batch. */
  readonly rowMs?: number;
  /** The same on the wide session; without it there is none. */
  readonly wideRowMs?: number;
  /** Predicted milliseconds of decoding an image; by default one for each of its bytes. */
  readonly imageMs?: number;
  /** What an image of which nothing is known is thought to take. */
  readonly typicalDecodeMs?: number;
  /** Longest that a batch of several entries should take. */
  readonly maxBatchMs?: number;
}

export class FakeCosts {
  readonly #prices: Prices;
  readonly cap: number;
  readonly maxBatchMs: number;
  readonly typicalDecodeMs: number;
  /** Batches that have run. */
  readonly observed: RanBatch[] = [];

  constructor(prices: Prices = {}) {
    this.#prices = prices;
    this.cap = prices.cap ?? 8;
    this.maxBatchMs = prices.maxBatchMs ?? Infinity;
    this.typicalDecodeMs = prices.typicalDecodeMs ?? 0;
  }

  /** As the stages see it: they cannot tell the difference, the compiler can. */
  get asCostModel(): CostModel {
    return this as unknown as CostModel;
  }

  decodeMs({ bytes }: ImageCost): number {
    return this.#prices.imageMs ?? bytes.byteLength;
  }

  batchMs(rows: number, decodeMs: number, width: Width = 'narrow'): number {
    const { rowMs = 0, wideRowMs } = this.#prices;
    return decodeMs + rows * (width === 'wide' ? (wideRowMs ?? 0) : rowMs);
  }

  canRunWide(): boolean {
    return this.#prices.wideRowMs !== undefined;
  }

  observe(ran: RanBatch): void {
    this.observed.push(ran);
  }
}
