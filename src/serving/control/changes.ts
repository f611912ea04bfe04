/**
 * Makes one model what it is in the repository. What is new is loaded beside what serves, checked, and takes its place in
 * one step; what is refused is shown with the reason, and not loaded again until its files change.
 */
import type { Look, ModelLook } from '../../repository/look/look.ts';
import { ModelError } from '../../repository/model-error.ts';
import type { ModelEntry } from '../../repository/repository.ts';
import type { Events } from '../../telemetry/events/events.ts';
import { signatureChange, type Tensors } from '../compatible.ts';
import { UNKNOWN_VERSION, type ModelVersion } from '../model-version.ts';
import type { Serving } from '../serving.ts';
import { differenceOf, markOf, type Tried, type ToLoad } from './difference.ts';
import { defaultAmong, labelsAmong } from './names.ts';

export type ChangesServing = Pick<Serving, 'catalogue' | 'enter' | 'enterUnreadable' | 'load' | 'replace'>;

export interface ChangesSettings {
  readonly serving: ChangesServing;
  readonly events: Pick<Events['models'], 'refused' | 'signatureChanged'>;
  /** Looks at the repository. @throws ModelError when it cannot be read */
  readonly look: () => Promise<Look>;
}

export class ModelChanges {
  readonly #settings: ChangesSettings;
  /** By model, then by version. */
  readonly #tried = new Map<string, ReadonlyMap<string, Tried>>();

  constructor(settings: ChangesSettings) {
    this.#settings = settings;
  }

  /** Notes that the versions of a model have been taken from this look. */
  begin({ name, entry, stamps }: ModelLook): void {
    if (entry === undefined) return;
    const marks = entry.versions.map((file) => markOf(entry, file, stamps.get(file.version)));
    this.#tried.set(name, new Map(entry.versions.map(({ version }, at) => [version, { mark: marks[at]! }])));
  }

  /** Makes requests no longer find the model; those that it has taken are answered. */
  remove(name: string): void {
    this.#tried.delete(name);
    void this.#settings.serving.replace(name, [], '');
  }

  /**
   * Returns a sentence for each version that is not served as it lies there; while there is one, no version is taken away.
   * `again`: loads what has not changed, too.
   */
  async apply(look: ModelLook, again = false): Promise<readonly string[]> {
    const { name, entry } = look;
    const served = this.#served(name);
    const before = this.#tried.get(name) ?? new Map<string, Tried>();
    const { load, keep } = differenceOf(look, [...served.keys()], before, again);
    for (const [number, refusal] of keep) this.#refuse(served.get(number)!, refusal);
    if (entry === undefined) {
      if (served.size === 0) this.#showUnreadable(look);
      return [look.reason!];
    }
    const fresh = await this.#loaded(look, entry, load, served);
    const tried = new Map<string, Tried>(
      load.map(({ file, mark }, at) => [file.version, { mark, reason: fresh[at]!.reason }]),
    );
    for (const [number, reason] of keep) tried.set(number, before.get(number) ?? { mark: '', reason });
    this.#tried.set(name, tried);

    const placed = new Map([...keep.keys()].map((number) => [number, served.get(number)!]));
    for (const version of fresh) placed.set(version.version, better(version, served.get(version.version)));
    const refusals = [...keep.values(), ...fresh.map(({ reason }) => reason)].filter(
      (reason) => reason !== undefined,
    );
    const all = refusals.length === 0 ? placed : new Map([...served, ...placed]);
    this.#show(entry, [...all.values()]);
    return refusals;
  }

  #served(name: string): ReadonlyMap<string, ModelVersion> {
    const versions = this.#settings.serving.catalogue.model(name)?.versions ?? [];
    return new Map(
      versions.filter(({ version }) => version !== UNKNOWN_VERSION).map((one) => [one.version, one]),
    );
  }

  /** Loads versions one after the other; each is ready afterwards, or unavailable with a reason. */
  async #loaded(
    look: ModelLook,
    entry: ModelEntry,
    load: readonly ToLoad[],
    served: ReadonlyMap<string, ModelVersion>,
  ): Promise<readonly ModelVersion[]> {
    const { serving } = this.#settings;
    const fresh = load.map(({ file }) => serving.enter(entry, file));
    const added = fresh.filter(({ version }) => !served.has(version));
    // A new number is found at once, as loading; no other name leads to it yet.
    if (added.length > 0) this.#show(entry, [...served.values(), ...added]);
    for (const version of fresh) {
      await serving.load(version, {
        signature: (signature) => this.#checkSignature(version, signature, served),
        files: () => this.#checkUnchanged(look, version),
      });
    }
    return fresh;
  }

  /** @throws ModelError when clients of the version that it would replace could not go on */
  #checkSignature(
    version: ModelVersion,
    signature: Tensors,
    served: ReadonlyMap<string, ModelVersion>,
  ): void {
    const old = served.get(version.version)?.signature;
    if (old !== undefined) {
      const change = signatureChange(old, signature);
      if (change === undefined) return;
      throw new ModelError(
        `It differs from the version that it would replace: ${change}. Give it a new version number, or unload the model first.`,
      );
    }
    const usual = served.get(
      this.#settings.serving.catalogue.model(version.name)?.defaultVersion ?? '',
    )?.signature;
    const change = usual && signatureChange(usual, signature);
    if (change !== undefined) this.#settings.events.signatureChanged(version.labels, change);
  }

  /** @throws ModelError when the files that were loaded are not those of the look */
  async #checkUnchanged({ name, stamps }: ModelLook, { version }: ModelVersion): Promise<void> {
    const now = (await this.#settings.look()).models.get(name)?.stamps.get(version);
    if (now === undefined || now !== stamps.get(version))
      throw new ModelError('Its files changed while it was loaded.');
  }

  #refuse(version: ModelVersion, reason: string | undefined): void {
    if (!version.answers || version.refusal === reason) return;
    version.refusal = reason;
    if (reason !== undefined) this.#settings.events.refused(version.labels, reason);
  }

  #showUnreadable({ name, reason }: ModelLook): void {
    const { serving } = this.#settings;
    if (serving.catalogue.model(name)?.versions[0]?.reason === reason) return;
    void serving.replace(name, [serving.enterUnreadable(name, reason!)], UNKNOWN_VERSION);
  }

  /** Puts the versions among those that requests find, in one step with their names. */
  #show(entry: ModelEntry, versions: readonly ModelVersion[]): void {
    const { serving } = this.#settings;
    const ascending = versions.toSorted((a, b) => Number(a.version) - Number(b.version));
    const labels = labelsAmong(ascending, entry.config.versionLabels);
    for (const version of ascending) version.describe(entry, labels.get(version.version)!);
    const before = serving.catalogue.model(entry.name)?.defaultVersion;
    void serving.replace(entry.name, ascending, defaultAmong(ascending, entry.defaultVersion, before));
  }
}

/** The version that is to serve; one that was refused leaves its reason on the one that goes on. */
function better(fresh: ModelVersion, old: ModelVersion | undefined): ModelVersion {
  if (fresh.answers || old?.answers !== true) return fresh;
  old.refusal = fresh.reason;
  return old;
}
