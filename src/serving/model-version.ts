/**
 * One version of a model: what it is, whether it can be used now, and everything that serves it. A request leases it, and
 * releases it when its exchange ends; a version is unloaded when nobody holds a lease any more.
 *
 *   waiting -> loading -> ready       or, from each of them, unavailable
 */
import type { Batcher, ModelLabels } from '../batcher/batcher.ts';
import type { Submission } from '../batcher/submission.ts';
import type { CostModel } from '../cost/cost-model.ts';
import type { ModelEntry, VersionEntry } from '../repository/repository.ts';
import type { RequestTrace } from '../telemetry/trace/request-trace.ts';
import type { TensorSpec } from '../tensor/tensor.ts';
import type { Preprocess } from '../thread/load.ts';
import type { Payload } from '../thread/payload.ts';
import type { DoubtedForecast, Intake } from './intake.ts';

/** waiting: found, not yet loaded. unavailable: it cannot be loaded; the reason says why. */
export type ModelState = 'waiting' | 'loading' | 'ready' | 'unavailable';

/** Version of a model whose folder could not be read. It answers, with the reason, whatever version is asked for. */
export const UNKNOWN_VERSION = 'unknown';

export interface ModelSettings {
  readonly name: string;
  /** A positive whole number as text, or UNKNOWN_VERSION. */
  readonly version: string;
  readonly description: string | undefined;
  /** Set: it takes images and answers with classes. Otherwise it takes rows and answers with rows. */
  readonly preprocess: Preprocess | undefined;
  readonly labels: readonly string[] | undefined;
  /** Names by which a client may ask for this version: `stable`, `int8`. */
  readonly versionLabels: readonly string[];
  /** Latency objective: what the 99th percentile of its answers may take, in milliseconds. */
  readonly sloMs: number;
}

/** Where a version comes from, and its number in every worker. */
export interface Source {
  readonly entry: ModelEntry;
  readonly file: VersionEntry;
  readonly instance: number;
}

/** What loading has found out. */
export interface Signature {
  /** The execution provider that its sessions run on. */
  readonly provider: string;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly maxBatchSize: number;
}

/** What takes the work of a version that is ready. */
export interface Queue {
  readonly batcher: Batcher;
  readonly intake: Intake;
}

export class ModelVersion {
  readonly settings: ModelSettings;
  /** Undefined where the model's folder could not be read. */
  readonly source: Source | undefined;
  /** Its name and version, as metrics and log have them. */
  readonly labels: ModelLabels;
  #state: ModelState = 'waiting';
  #reason: string | undefined;
  #signature: Signature | undefined;
  #queue: Queue | undefined;
  #leases = 0;
  #onUnused: (() => void) | undefined;

  constructor(settings: ModelSettings, source?: Source) {
    this.settings = settings;
    this.source = source;
    this.labels = { model: settings.name, version: settings.version };
  }

  get name(): string {
    return this.settings.name;
  }

  get version(): string {
    return this.settings.version;
  }

  get state(): ModelState {
    return this.#state;
  }

  /** Why it is unavailable. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** Set once it is ready. */
  get signature(): Signature | undefined {
    return this.#signature;
  }

  /** What its batches cost; undefined until it is ready. */
  get costs(): CostModel | undefined {
    return this.#queue?.batcher.costs;
  }

  /** Number of classes of an image classifier; top_k cannot be larger. */
  get classes(): number {
    return this.#signature?.outputs[0]?.shape.reduce((product, side) => product * side, 1) ?? 0;
  }

  get queuedRows(): number {
    return this.#queue?.batcher.queuedRows ?? 0;
  }

  /** Whether its queue takes that many more rows. */
  hasRoomFor(rows: number): boolean {
    return this.#queue?.batcher.hasRoomFor(rows) ?? false;
  }

  /** When the work (or one request of the usual kind) would start and be done. Only while it is ready. */
  forecast(work?: readonly Payload[]): DoubtedForecast {
    const { batcher, intake } = this.#served;
    return intake.forecast(batcher, work);
  }

  /** Predicted worker milliseconds of the work (or of one request of the usual kind); 0 before it is ready. */
  workMs(work?: readonly Payload[]): number {
    const { costs } = this;
    return costs === undefined ? 0 : costs.shareMs(costs.workOf(work));
  }

  /**
   * Queues work for which there is room, and sends out what can leave. `deadlineAt`: the client's own, on the clock;
   * without one the work is worth doing while the objective can be met. Only while it is ready.
   */
  submit(work: readonly Payload[], deadlineAt?: number, trace?: RequestTrace): Submission {
    const { batcher, intake } = this.#served;
    return intake.submit(batcher, work, deadlineAt, trace);
  }

  /** Holds the version: it stays usable until release() is called, once for each lease. */
  lease(): this {
    this.#leases++;
    return this;
  }

  release(): void {
    this.#leases--;
    if (this.#leases === 0) this.#onUnused?.();
  }

  /** Leases that have not been released. */
  get leases(): number {
    return this.#leases;
  }

  /** Resolves when nobody holds a lease. */
  unused(): Promise<void> {
    if (this.#leases === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onUnused = resolve;
    });
  }

  loading(): void {
    this.#state = 'loading';
  }

  ready(signature: Signature, queue: Queue): void {
    this.#state = 'ready';
    this.#signature = signature;
    this.#queue = queue;
  }

  unavailable(reason: string): void {
    this.#state = 'unavailable';
    this.#reason = reason;
    this.#queue = undefined;
  }

  /** What takes its work; undefined until it is ready. */
  get queue(): Queue | undefined {
    return this.#queue;
  }

  get #served(): Queue {
    if (this.#queue !== undefined) return this.#queue;
    throw new Error(`This is a bug: model ${this.name} version ${this.version} is used, but not ready.`);
  }
}
