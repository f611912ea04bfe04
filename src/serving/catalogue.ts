/** All models by name, with their versions. Versions are added and removed while others serve. */
import type { ModelVersion } from './model-version.ts';

/** The versions of one model. */
export interface Model {
  readonly name: string;
  /** The version that answers when a request names none. */
  readonly defaultVersion: string;
  /** In the order in which they were added. */
  readonly versions: readonly ModelVersion[];
}

interface Entry extends Model {
  defaultVersion: string;
  readonly versions: ModelVersion[];
}

export class Catalogue {
  readonly #models = new Map<string, Entry>();
  #changes = 0;

  /** Grows with every change: who keeps what follows from the catalogue compares it. */
  get changes(): number {
    return this.#changes;
  }

  /** Models in the order in which they were added. */
  get models(): readonly Model[] {
    return [...this.#models.values()];
  }

  /** All versions, in any state. */
  get versions(): readonly ModelVersion[] {
    return this.models.flatMap(({ versions }) => versions);
  }

  model(name: string): Model | undefined {
    return this.#models.get(name);
  }

  /** Adds a version. `defaultVersion`: the new default version of its model. */
  add(version: ModelVersion, defaultVersion: string): void {
    this.#changes++;
    const entry = this.#models.get(version.name);
    if (entry === undefined) {
      this.#models.set(version.name, { name: version.name, defaultVersion, versions: [version] });
      return;
    }
    entry.defaultVersion = defaultVersion;
    entry.versions.push(version);
  }

  /** Removes a version: requests no longer find it. A model without versions is removed too. */
  remove(version: ModelVersion): void {
    const entry = this.#models.get(version.name);
    const place = entry?.versions.indexOf(version) ?? -1;
    if (entry === undefined || place < 0) return;
    this.#changes++;
    entry.versions.splice(place, 1);
    if (entry.versions.length === 0) this.#models.delete(entry.name);
  }
}
