/** All models by name, with their versions. They change while others serve, each model in one step. */
import type { ModelVersion } from './model-version.ts';

/** The versions of one model. */
export interface Model {
  readonly name: string;
  /** The version that answers when a request names none. */
  readonly defaultVersion: string;
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

  /** Gives a model these versions and this default, in one step; without versions the model is removed. */
  replace(name: string, versions: readonly ModelVersion[], defaultVersion: string): void {
    this.#changes++;
    if (versions.length === 0) this.#models.delete(name);
    else this.#models.set(name, { name, defaultVersion, versions: [...versions] });
  }
}
