/** The models that the server knows, by name, and their versions. Versions come and go while others serve. */
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

  /** By name, in the order in which they were added. */
  get models(): readonly Model[] {
    return [...this.#models.values()];
  }

  /** Every version, whatever its state. */
  get versions(): readonly ModelVersion[] {
    return this.models.flatMap(({ versions }) => versions);
  }

  model(name: string): Model | undefined {
    return this.#models.get(name);
  }

  /** Adds a version. `defaultVersion`: of its model, from now on. */
  add(version: ModelVersion, defaultVersion: string): void {
    const entry = this.#models.get(version.name);
    if (entry === undefined) {
      this.#models.set(version.name, { name: version.name, defaultVersion, versions: [version] });
      return;
    }
    entry.defaultVersion = defaultVersion;
    entry.versions.push(version);
  }

  /** The opposite of add: no request finds it from now on. A model without versions goes too. */
  remove(version: ModelVersion): void {
    const entry = this.#models.get(version.name);
    const place = entry?.versions.indexOf(version) ?? -1;
    if (entry === undefined || place < 0) return;
    entry.versions.splice(place, 1);
    if (entry.versions.length === 0) this.#models.delete(entry.name);
  }
}
