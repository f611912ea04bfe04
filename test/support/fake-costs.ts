/**
 * A cost model with fixed costs per row and per image, which learns nothing, for tests of the batcher and the scheduler.
 */
import type { CostModel, RanBatch, Work } from '../../src/cost/cost-model.ts';
import { ForecastError } from '../../src/cost/forecast-error.ts';
import { rowsOf, type Payload } from '../../src/thread/payload.ts';
import type { Width } from '../../src/thread/load.ts';

export interface Prices {
  /** Rows of the largest batch that pays. */
  readonly cap?: number;
  /** Predicted milliseconds of a row in any batch. */
  readonly rowMs?: number;
  /** The same on the wide session; undefined: there is none. */
  readonly wideRowMs?: number;
  /** Predicted milliseconds of decoding an image; by default the number of its bytes. */
  readonly imageMs?: number;
  /** Predicted milliseconds of decoding an image that is not known yet. */
  readonly typicalDecodeMs?: number;
  readonly sloMs?: number;
  /** Maximum predicted milliseconds of a batch of several entries. */
  readonly maxBatchMs?: number;
}

export class FakeCosts {
  /** The same for any queue. */
  capFor(_queuedRows: number): number {
    return this.cap;
  }

  readonly #prices: Prices;
  readonly cap: number;
  readonly maxBatchMs: number;
  readonly typicalDecodeMs: number;
  readonly sloMs: number;
  readonly forecastError = new ForecastError();
  /** Batches that were observed. */
  readonly observed: RanBatch[] = [];

  constructor(prices: Prices = {}) {
    this.#prices = prices;
    this.cap = prices.cap ?? 8;
    this.sloMs = prices.sloMs ?? 100;
    this.maxBatchMs = prices.maxBatchMs ?? Infinity;
    this.typicalDecodeMs = prices.typicalDecodeMs ?? 0;
  }

  /** Typed as the stages expect; it has the members that they use. */
  get asCostModel(): CostModel {
    return this as unknown as CostModel;
  }

  decodeMs(payload: Payload): number {
    if (payload.kind !== 'image') return 0;
    return this.#prices.imageMs ?? payload.bytes.byteLength;
  }

  workOf(payloads: readonly Payload[] | undefined): Work {
    if (payloads === undefined) return { rows: 1, decodeMs: this.typicalDecodeMs };
    return { rows: rowsOf(payloads), decodeMs: payloads.reduce((sum, one) => sum + this.decodeMs(one), 0) };
  }

  shareMs({ rows, decodeMs }: Work): number {
    return decodeMs + (this.batchMs(this.cap, 0) * rows) / this.cap;
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
