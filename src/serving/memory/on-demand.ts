/** Has versions loaded when requests ask for them. */
import type { ModelVersion } from '../model-version.ts';
import type { Memory } from './memory.ts';

export interface OnDemandSettings {
  readonly memory: Pick<Memory, 'used'>;
  /** Queues the load; the version is settled when it is over. Never rejects. */
  readonly load: (version: ModelVersion) => Promise<void>;
}

export class OnDemand {
  readonly #settings: OnDemandSettings;
  readonly #asked = new Set<ModelVersion>();

  constructor(settings: OnDemandSettings) {
    this.#settings = settings;
  }

  /**
   * Called for each request. Returns true when the version is to be loaded first, which has begun or is queued; false when
   * there is nothing to wait for.
   */
  wanted(version: ModelVersion): boolean {
    if (!version.settings.onDemand || !version.answers) return false;
    this.#settings.memory.used(version);
    if (version.state !== 'waiting') return version.state === 'loading';
    if (this.#asked.has(version)) return true;
    this.#asked.add(version);
    void this.#settings.load(version).finally(() => this.#asked.delete(version));
    return true;
  }
}
