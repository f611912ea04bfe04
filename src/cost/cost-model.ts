/**
 * Predicts how long a batch of one model version takes on a worker: decoding, and the run on a session of a width. The
 * means are used for scheduling, the tail (p99 over mean) is reported. Both are learned online.
 */
import type { WarmUpRun, Width } from '../thread/load.ts';
import type { Payload } from '../thread/payload.ts';
import { DecodeCosts } from './decode-costs.ts';
import { ForecastError } from './forecast-error.ts';
import { RecentQuantile } from './recent-quantile.ts';
import { RunCosts, type BucketCost } from './run-costs.ts';

export interface CostSettings {
  readonly warmUp: readonly WarmUpRun[];
  /** Maximum rows of a batch. */
  readonly maxBatchSize: number;
  readonly sloMs: number;
  /** Threads that decode the images of a batch together; 1, where it is left out, for the thread that runs it. */
  readonly decoders?: number;
  /** Share of the cost of a row in a smaller batch in which one pays where many rows wait; a tenth less where it is left out. */
  readonly paysBelow?: number | undefined;
  /** Short side in pixels that images are scaled to; undefined for a model that takes rows. */
  readonly resize: number | undefined;
}

/** The size of some work. */
export interface Work {
  readonly rows: number;
  /** Predicted milliseconds of decoding all its images together; 0 for rows. */
  readonly decodeMs: number;
}

/** A batch that has been run, with measured times. */
export interface RanBatch {
  readonly rows: number;
  readonly width: Width;
  readonly payloads: readonly Payload[];
  /** Milliseconds that each image took to decode, in the order of the payloads; empty for rows. */
  readonly decodeMsOf: readonly number[];
  readonly inferMs: number;
  readonly postMs: number;
}

/** p99 over mean before anything was measured; as on an idle machine. */
const FIRST_TAIL = 1.3;

/** Maximum predicted milliseconds of a batch of several entries: one that just misses it waits for it, then for its own. */
export const maxBatchMsOf = (sloMs: number): number => sloMs / 2;

export class CostModel {
  /** Error of recent forecasts of the finish. */
  readonly forecastError = new ForecastError();
  readonly #settings: CostSettings;
  readonly #runs: RunCosts;
  readonly #decodes: DecodeCosts | undefined;
  readonly #tail = new RecentQuantile(0.99, FIRST_TAIL);

  constructor(settings: CostSettings) {
    this.#settings = settings;
    this.#runs = new RunCosts(settings.warmUp, settings.paysBelow);
    this.#decodes = settings.resize === undefined ? undefined : new DecodeCosts(settings.resize);
  }

  /**
   * Rows of the largest batch that pays and whose run takes at most half of the SLO: a request that just misses a batch
   * waits for that one, and then for its own.
   */
  get cap(): number {
    return this.#runs.cap(this.#settings.maxBatchSize, this.maxBatchMs);
  }

  /** The same while that many rows wait: a batch that pays little is only made where more than it holds do. */
  capFor(queuedRows: number): number {
    return this.#runs.cap(this.#settings.maxBatchSize, this.maxBatchMs, queuedRows);
  }

  /** Rows of the largest batch that pays, regardless of the SLO: the largest bucket worth warming up. */
  get payingRows(): number {
    return this.#runs.cap(this.#settings.maxBatchSize, Infinity);
  }

  /** Latency objective: p99 of answers, in milliseconds. */
  get sloMs(): number {
    return this.#settings.sloMs;
  }

  /** Maximum predicted milliseconds of a batch of several entries, decoding included. */
  get maxBatchMs(): number {
    return maxBatchMsOf(this.#settings.sloMs);
  }

  get #decoders(): number {
    return this.#settings.decoders ?? 1;
  }

  /** Recent mean milliseconds that an image adds to the decoding of its batch; 0 for a model that takes rows. */
  get typicalDecodeMs(): number {
    return (this.#decodes?.typicalMs ?? 0) / this.#decoders;
  }

  /** Predicted milliseconds that an image adds to the decoding of its batch; 0 for rows. */
  decodeMs(payload: Payload): number {
    if (payload.kind !== 'image') return 0;
    return (this.#decodes?.meanMs(payload.header, payload.bytes.byteLength) ?? 0) / this.#decoders;
  }

  /** The work of the payloads together; undefined: that of one typical request. */
  workOf(payloads: readonly Payload[] | undefined): Work {
    if (payloads === undefined) return { rows: 1, decodeMs: this.typicalDecodeMs };
    let rows = 0;
    let decodeMs = 0;
    for (const payload of payloads) {
      rows += payload.rows;
      decodeMs += this.decodeMs(payload);
    }
    return { rows, decodeMs };
  }

  /** Predicted worker milliseconds of the work as part of batches of `cap` rows: what it adds to a busy server. */
  shareMs({ rows, decodeMs }: Work): number {
    const { cap } = this;
    return decodeMs + (this.batchMs(cap, 0) * rows) / cap;
  }

  /** Predicted mean milliseconds of a batch on its worker. `decodeMs`: of all its images together. */
  batchMs(rows: number, decodeMs: number, width: Width = 'narrow'): number {
    return decodeMs + this.#runs.meanMs(rows, width);
  }

  /** Whether a batch of that many rows can run on the wide session. */
  canRunWide(rows: number): boolean {
    return this.#runs.covers(rows, 'wide');
  }

  /** p99 over mean of what recent batches took, at least 1. */
  get tail(): number {
    return Math.max(1, this.#tail.value);
  }

  get buckets(): readonly BucketCost[] {
    return this.#runs.buckets;
  }

  observe({ rows, width, payloads, decodeMsOf, inferMs, postMs }: RanBatch): void {
    const decodeMs = decodeMsOf.reduce((sum, ms) => sum + ms, 0) / this.#decoders;
    const expected = this.batchMs(rows, this.workOf(payloads).decodeMs, width);
    if (expected > 0) this.#tail.observe((decodeMs + inferMs + postMs) / expected);
    this.#runs.observe(rows, width, inferMs + postMs);
    payloads.forEach((payload, index) => {
      const ms = decodeMsOf[index];
      if (payload.kind !== 'image' || ms === undefined) return;
      this.#decodes?.observe(payload.header, payload.bytes.byteLength, ms);
    });
  }
}
