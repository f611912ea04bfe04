/** One version of a model that the server knows: what it is, and whether it can be used now. */
import type { Preprocess } from '../thread/messages.ts';
import type { TensorSpec } from '../tensor/tensor.ts';

/** waiting: found, not yet loaded. unavailable: it cannot be loaded; the reason says why. */
export type ModelState = 'waiting' | 'loading' | 'ready' | 'unavailable';

/** What loading has found out. */
export interface LoadedFacts {
  readonly provider: string;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly maxBatchSize: number;
}

export interface ModelVersionSettings {
  readonly name: string;
  readonly version: string;
  readonly description: string | undefined;
  /** Set: it takes images and answers with classes. Otherwise it takes rows and answers with rows. */
  readonly preprocess: Preprocess | undefined;
  readonly labels: readonly string[] | undefined;
  /** Words by which a client may ask for this version: `stable`, `int8`. */
  readonly versionLabels: readonly string[];
  /** Latency objective: what the 99th percentile of its answers may take, in milliseconds. */
  readonly sloMs: number;
}

export class ModelVersion {
  readonly settings: ModelVersionSettings;
  #state: ModelState = 'waiting';
  #reason: string | undefined;
  #loaded: LoadedFacts | undefined;

  constructor(settings: ModelVersionSettings) {
    this.settings = settings;
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

  /** Set when it is ready. */
  get loaded(): LoadedFacts | undefined {
    return this.#loaded;
  }

  /** Number of classes of an image classifier; top_k cannot be larger. */
  get classes(): number {
    return this.#loaded?.outputs[0]?.shape.reduce((product, side) => product * side, 1) ?? 0;
  }

  loading(): void {
    this.#state = 'loading';
  }

  ready(facts: LoadedFacts): void {
    this.#state = 'ready';
    this.#loaded = facts;
  }

  unavailable(reason: string): void {
    this.#state = 'unavailable';
    this.#reason = reason;
  }
}
