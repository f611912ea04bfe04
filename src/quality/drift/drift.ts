/**
 * The room that watches for drift: for each version that has a drift.json, the distribution of its inputs and answers against
 * the reference in it. Off it costs one look into a table for each answer.
 */
import { ServingError } from '../../errors.ts';
import type { Catalogue } from '../../serving/catalogue.ts';
import type { ModelVersion } from '../../serving/model-version.ts';
import type { DriftCounts } from '../../telemetry/metrics/drift-counts.ts';
import type { AnsweredListener } from '../answered.ts';
import { countsOf } from './counts.ts';
import { VersionDrift, type VersionDriftParts, type Wish } from './version-drift.ts';

export class Drift {
  readonly #catalogue: Pick<Catalogue, 'model' | 'versions'>;
  readonly #parts: VersionDriftParts;
  readonly #byVersion = new Map<ModelVersion, VersionDrift>();

  constructor(catalogue: Pick<Catalogue, 'model' | 'versions'>, parts: VersionDriftParts) {
    this.#catalogue = catalogue;
    this.#parts = parts;
  }

  readonly answered: AnsweredListener = (answered) => this.#of(answered.version)?.answered(answered);

  /** A version is ready: its reference is opened, if there is one. */
  loaded(version: ModelVersion): void {
    const drift = this.#of(version);
    drift?.reloaded();
    void drift?.look();
  }

  /** A version is gone: no request holds it any more. */
  unloaded(instance: number): void {
    for (const [version, drift] of this.#byVersion) {
      if (version.source?.instance !== instance) continue;
      drift.close();
      this.#byVersion.delete(version);
    }
  }

  /** The versions of a model that have been loaded, after a look at their files. @throws ServingError MODEL_NOT_FOUND */
  async show(name: string): Promise<readonly VersionDrift[]> {
    const shown = this.#versionsOf(name).flatMap((version) => this.#of(version) ?? []);
    await Promise.all(shown.map((drift) => drift.look()));
    return shown;
  }

  /**
   * Gathers rows of the traffic of a version for its reference. `wanted`: its number; undefined: the default version.
   * @throws ServingError MODEL_NOT_FOUND, or MODEL_LOADING before it was loaded
   */
  gather(name: string, wanted: string | undefined, wish: Wish): VersionDrift {
    const number = wanted ?? this.#catalogue.model(name)?.defaultVersion;
    const version = this.#versionsOf(name).find((one) => one.version === number);
    if (version === undefined) {
      throw new ServingError('MODEL_NOT_FOUND', `There is no version ${number} of the model ${name}.`);
    }
    const drift = this.#of(version);
    if (drift === undefined) {
      throw new ServingError('MODEL_LOADING', `Version ${number} of ${name} has not been loaded yet.`);
    }
    drift.gather(wish);
    return drift;
  }

  /** What was counted, for a scrape. */
  get counts(): readonly DriftCounts[] {
    return [...this.#byVersion.values()].flatMap(({ version: { labels }, monitor }) =>
      monitor === undefined ? [] : [countsOf(labels, monitor)],
    );
  }

  #versionsOf(name: string): readonly ModelVersion[] {
    const model = this.#catalogue.model(name);
    if (model !== undefined) return model.versions;
    throw new ServingError('MODEL_NOT_FOUND', `There is no model ${name}.`);
  }

  /** Undefined for a version that has never been loaded. */
  #of(version: ModelVersion): VersionDrift | undefined {
    const known = this.#byVersion.get(version);
    if (known !== undefined) return known;
    const { signature, source } = version;
    if (signature === undefined || source === undefined) return undefined;
    const drift = new VersionDrift(version, signature, source, this.#parts);
    this.#byVersion.set(version, drift);
    return drift;
  }
}
