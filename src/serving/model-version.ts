/**
 * One version of a model: its settings, its state, and the queue that serves it. A request leases it, and releases it when
 * its exchange ends; a version is unloaded when no lease is left.
 *
 *   waiting -> loading -> ready       or, from each of them, unavailable
 *
 * One that is loaded on demand goes from ready back to waiting, when it leaves memory for others.
 */
import type { Batcher, ModelLabels } from '../batcher/batcher.ts';
import type { Priority } from '../batcher/entry.ts';
import type { Submission } from '../batcher/submission.ts';
import type { CostModel } from '../cost/cost-model.ts';
import type { BatchOutcome } from '../pool/held.ts';
import type { ModelEntry, VersionEntry } from '../repository/repository.ts';
import type { RequestTrace } from '../telemetry/trace/request-trace.ts';
import { elementsPerRow, rowOf } from '../tensor/tensor.ts';
import type { Loaded, Preprocess } from '../thread/load.ts';
import type { Payload } from '../thread/payload.ts';
import type { ForecastWithError, Intake } from './intake.ts';
import { Lease } from './lease.ts';

/** waiting: found, not loaded yet. unavailable: cannot be loaded; the reason says why. */
export type ModelState = 'waiting' | 'loading' | 'ready' | 'unavailable';

/** The version of a model whose folder could not be read. It stands for any version, and fails with the reason. */
export const UNKNOWN_VERSION = 'unknown';

export interface ModelSettings {
  readonly name: string;
  /** A positive whole number as text, or UNKNOWN_VERSION. */
  readonly version: string;
  readonly description: string | undefined;
  /** Set: images to classes. Undefined: rows to rows. */
  readonly preprocess: Preprocess | undefined;
  readonly labels: readonly string[] | undefined;
  /** Whether its first output holds a score for each class. */
  readonly classifies: boolean;
  /** Whether those scores become probabilities by softmax. */
  readonly softmax: boolean;
  /** Names of this version in requests: `stable`, `int8`. */
  readonly versionLabels: readonly string[];
  /** Latency objective: p99 of its answers, in milliseconds. */
  readonly sloMs: number;
  /** Whether it is loaded by the first request, and may be unloaded for others. */
  readonly onDemand: boolean;
  readonly report?: VersionEntry['report'];
}

/** The files of a version, and its number, which is the same in every worker. */
export interface Source {
  readonly entry: ModelEntry;
  readonly file: VersionEntry;
  readonly instance: number;
}

/** What a loaded version takes and returns, where it runs, what was changed in its graph, and whether rows of different requests run together. */
export type Signature = Pick<
  Loaded,
  | ('inputs' | 'outputs' | 'maxBatchSize' | 'joins' | 'rewrites')
  | ('provider' | 'adapter' | 'fallbackReason' | 'difference')
>;

/** The queue of a version that is ready, and its entrance. */
export interface Queue {
  readonly batcher: Batcher;
  readonly intake: Intake;
}

export class ModelVersion {
  /** Its name and version, as labels of metrics and log lines. */
  readonly labels: ModelLabels;
  /** Why the files that lie in its place now are not served instead; undefined when they are, or are not tried yet. */
  refusal: string | undefined;
  /** Whether it is unavailable because it has crashed the server. */
  quarantined = false;
  #settings: ModelSettings;
  #source: Source | undefined;
  #state: ModelState = 'waiting';
  #reason: string | undefined;
  #signature: Signature | undefined;
  #queue: Queue | undefined;
  #loadMs: number | undefined;
  /** Bytes of memory, as measured when it was loaded; undefined while it is not. */
  memoryBytes: number | undefined;
  #onOffer = false;
  #leases = 0;
  readonly #whenSettled: (() => void)[] = [];
  #whenUnused: PromiseWithResolvers<void> | undefined;

  constructor(settings: ModelSettings, source?: Source) {
    this.#settings = settings;
    this.#source = source;
    this.labels = { model: settings.name, version: settings.version };
  }

  get settings(): ModelSettings {
    return this.#settings;
  }

  /** Undefined when the model's folder could not be read. */
  get source(): Source | undefined {
    return this.#source;
  }

  /** Takes over from model.json what has no part in loading it. `versionLabels`: the names that requests may use for it. */
  describe(entry: ModelEntry, versionLabels: readonly string[]): void {
    this.#settings = { ...this.#settings, description: entry.config.description, versionLabels };
    if (this.#source !== undefined) this.#source = { ...this.#source, entry };
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

  /** Whether requests for it are answered: it is ready, or loaded when one comes. */
  get answers(): boolean {
    return this.#state === 'ready' || (this.#onOffer && this.#state !== 'unavailable');
  }

  /** Requests may have it loaded, if it is loaded on demand. One that was ready is on offer, too. */
  offer(): void {
    this.#onOffer = this.#settings.onDemand;
  }

  /** Whether a request that holds a lease can be run: it is ready, or leaves memory only after that request. */
  get usable(): boolean {
    return this.#usable !== undefined;
  }

  /** Why it is unavailable. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** Milliseconds of its last load; undefined before the first. */
  get loadMs(): number | undefined {
    return this.#loadMs;
  }

  /** Set once it is ready. */
  get signature(): Signature | undefined {
    return this.#signature;
  }

  /** Predicts how long its batches take; undefined until it is ready. */
  get costs(): CostModel | undefined {
    return this.#usable?.batcher.costs;
  }

  /** Number of classes of an image classifier, the upper limit of top_k; 0 until it is ready. */
  get classes(): number {
    const [output] = this.#signature?.outputs ?? [];
    return output === undefined ? 0 : elementsPerRow(rowOf(output));
  }

  get queuedRows(): number {
    return this.#queue?.batcher.queuedRows ?? 0;
  }

  /** Whether its queue has room for that many rows. */
  hasRoomFor(rows: number): boolean {
    return this.#usable?.batcher.hasRoomFor(rows) ?? false;
  }

  /** Predicts start and finish of the work, or of one typical request without `work`. @throws Error unless it is ready */
  forecast(work?: readonly Payload[], priority?: Priority): ForecastWithError {
    const { batcher, intake } = this.#served;
    return intake.forecast(batcher, work, priority);
  }

  /** Predicted worker milliseconds of the work, or of one typical request without `work`; 0 until it is ready. */
  workMs(work?: readonly Payload[]): number {
    const { costs } = this;
    return costs === undefined ? 0 : costs.shareMs(costs.workOf(work));
  }

  /**
   * Queues work and dispatches what can leave. The caller has checked that there is room. `deadlineAt`: set by the client,
   * in clock milliseconds; undefined: the work is due by the SLO. @throws Error unless it is ready
   */
  submit(
    work: readonly Payload[],
    deadlineAt?: number,
    trace?: RequestTrace,
    priority?: Priority,
  ): Submission {
    const { batcher, intake } = this.#served;
    return intake.submit(batcher, work, deadlineAt, trace, priority);
  }

  /**
   * Runs a payload that no client waits for, at once or not at all. Undefined: no worker is to spare now. The caller holds
   * a lease. @throws Error unless it is ready
   */
  runSpare(payload: Payload): Promise<BatchOutcome> | undefined {
    const { batcher, intake } = this.#served;
    return intake.spare(batcher, payload);
  }

  /** Takes a lease: the version stays usable until release() has been called for every lease. */
  lease(): this {
    this.#leases++;
    return this;
  }

  /** A lease that lets go while the version is loaded. */
  hold(): Lease {
    return new Lease(this);
  }

  release(): void {
    this.#leases--;
    if (this.#leases > 0) return;
    this.#whenUnused?.resolve();
    this.#whenUnused = undefined;
  }

  /** Number of leases that have not been released. */
  get leases(): number {
    return this.#leases;
  }

  /** Resolves when no lease is left. */
  async unused(): Promise<void> {
    while (this.#leases > 0) await (this.#whenUnused ??= Promise.withResolvers<void>()).promise;
  }

  /** Calls `resume` as soon as it is ready, unavailable, or not to be loaded after all: before anything else happens to it. */
  onceSettled(resume: () => void): void {
    this.#whenSettled.push(resume);
  }

  loading(): void {
    this.#state = 'loading';
    this.quarantined = false;
  }

  /** A load that requests wait for is over, or is given up; the state says which. */
  settled(): void {
    for (const resume of this.#whenSettled.splice(0)) resume();
  }

  /** `loadMs`: how long loading took. */
  ready(signature: Signature, queue: Queue, loadMs?: number): void {
    this.#state = 'ready';
    this.#loadMs = loadMs;
    this.#signature = signature;
    this.#queue = queue;
    this.offer();
    this.settled();
  }

  /**
   * It is about to leave memory, and takes no more requests until it is loaded again. Those that hold a lease are answered
   * first; what it takes and returns stays known.
   */
  leaves(): void {
    if (this.#state === 'ready') this.#state = 'waiting';
  }

  /** It has left memory. */
  left(): void {
    this.#queue = undefined;
    this.memoryBytes = undefined;
  }

  unavailable(reason: string, quarantined = false): void {
    this.#state = 'unavailable';
    this.#reason = reason;
    this.quarantined = quarantined;
    this.settled();
  }

  /** Set while it is loaded. Work that it has taken is finished there, also when it is unavailable since. */
  get queue(): Queue | undefined {
    return this.#queue;
  }

  get #usable(): Queue | undefined {
    return this.#state === 'unavailable' ? undefined : this.#queue;
  }

  get #served(): Queue {
    const { queue } = this;
    if (queue !== undefined) return queue;
    throw new Error(`This is a bug: model ${this.name} version ${this.version} is used, but not ready.`);
  }
}
