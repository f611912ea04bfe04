/**
 * The memory that loaded versions take. It is measured at each load, as the growth of the process, since no file says it.
 * With a budget, versions that are loaded on demand make room for others, the least recently used first; what cannot fit is
 * refused.
 */
import type { Clock } from '../../clock.ts';
import { ModelError } from '../../repository/model-error.ts';
import type { ModelEvents } from '../../telemetry/events/models.ts';
import type { ModelVersion } from '../model-version.ts';
import { evictionFor, type Resident } from './eviction.ts';
import { growth, type Footprint } from './footprint.ts';

export interface MemorySettings {
  /** Bytes; 0: no limit. */
  readonly budget: number;
  readonly clock: Clock;
  /** Of the process now. */
  readonly footprint: () => Footprint;
  /** Sessions of each version: they map the same weights. */
  readonly sessions: number;
  readonly events: Pick<ModelEvents, 'measured' | 'evicted'>;
  /** Unloads a version once no request holds it; it can be loaded again. */
  readonly unload: (version: ModelVersion) => Promise<void>;
}

interface Held extends Resident {
  readonly version: ModelVersion;
}

/** Loads, and calls `begins` just before it does what makes the process grow for as long as the version is loaded. */
export type MeasuredLoad<Result> = (begins: () => void) => Promise<Result>;

export class Memory {
  readonly #settings: MemorySettings;
  readonly #residents = new Set<ModelVersion>();
  readonly #usedAt = new WeakMap<ModelVersion, number>();
  /** What a version took when it was loaded last. */
  readonly #took = new WeakMap<ModelVersion, number>();

  constructor(settings: MemorySettings) {
    this.#settings = settings;
  }

  /** A request has asked for the version. */
  used(version: ModelVersion): void {
    this.#usedAt.set(version, this.#settings.clock.now());
  }

  /**
   * Runs `load` within the budget: before it, room is made for the file of the version, or for what it took last time, after
   * it, for what it has turned out to take. Loads must not overlap. @throws ModelError when it does not fit, whoever leaves; what `load` throws
   */
  async loaded<Result>(version: ModelVersion, load: MeasuredLoad<Result>): Promise<Result> {
    const { footprint, sessions, events } = this.#settings;
    const file = version.source!.file.bytes;
    await this.#makeRoom(version, this.#took.get(version) ?? file);
    let before = footprint();
    const result = await load(() => (before = footprint()));
    const bytes = Math.max(file, growth(before, footprint(), sessions));
    await this.#makeRoom(version, bytes);
    version.memoryBytes = bytes;
    this.#took.set(version, bytes);
    this.#residents.add(version);
    this.used(version);
    events.measured(version.labels, bytes);
    return result;
  }

  /** The version is not loaded any more. */
  left(version: ModelVersion): void {
    this.#residents.delete(version);
  }

  async #makeRoom(version: ModelVersion, bytes: number): Promise<void> {
    const { budget, unload, events } = this.#settings;
    if (budget === 0) return;
    const residents = [...this.#residents].map((one) => this.#held(one));
    const leaving = evictionFor(bytes, budget, residents);
    if (leaving === undefined) throw new ModelError(this.#refusal(version, bytes, residents));
    for (const one of leaving) {
      await unload(one.version);
      events.evicted(one.version.labels, one.bytes, version.labels);
    }
  }

  #held(version: ModelVersion): Held {
    const { memoryBytes = 0, settings, leases } = version;
    const usedAt = this.#usedAt.get(version) ?? 0;
    return { version, bytes: memoryBytes, mayLeave: settings.onDemand, usedAt, inUse: leases > 0 };
  }

  #refusal({ name, version }: ModelVersion, bytes: number, residents: readonly Held[]): string {
    const pinned = residents.filter(({ mayLeave }) => !mayLeave);
    const taken = pinned.reduce((sum, one) => sum + one.bytes, 0);
    const others = pinned.length === 0 ? '' : `, of which models that are pinned take ${mib(taken)}`;
    return (
      `Model ${name} version ${version} takes ${mib(bytes)}; modelMemoryBytes is ${mib(this.#settings.budget)}${others}. ` +
      'Raise it, or give models "residency": "on-demand" in model.json.'
    );
  }
}

const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
