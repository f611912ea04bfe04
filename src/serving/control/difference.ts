/** What has to change for a model to be served as it lies in the repository now. Pure. */
import type { ModelLook } from '../../repository/look/look.ts';
import type { ModelEntry, VersionEntry } from '../../repository/repository.ts';

/** The files of a version as they were when they were last tried. */
export interface Tried {
  readonly mark: string;
  /** Why they are not served. */
  readonly reason?: string | undefined;
}

export interface ToLoad {
  readonly file: VersionEntry;
  readonly mark: string;
}

export interface Difference {
  /** Versions to load: new ones, and those whose files or settings have changed since they were tried. */
  readonly load: readonly ToLoad[];
  /** Versions to go on with as they are, each with the reason why what lies in its place now is not served. */
  readonly keep: ReadonlyMap<string, string | undefined>;
}

/** Settings that take effect without loading the model again. */
const LIGHT = new Set<string>([
  'description',
  'defaultVersion',
  'versionLabels',
  'versionPolicy',
  'traffic',
  'source',
]);

/**
 * Versions that are in neither list are to be removed. `served`: numbers of the versions that are in the catalogue.
 * `again`: load also what has not changed.
 */
export function differenceOf(
  look: ModelLook | undefined,
  served: readonly string[],
  tried: ReadonlyMap<string, Tried>,
  again = false,
): Difference {
  if (look === undefined) return { load: [], keep: new Map() };
  const { entry, reason, stamps } = look;
  if (entry === undefined) return { load: [], keep: new Map(served.map((version) => [version, reason])) };
  const load: ToLoad[] = [];
  const keep = new Map<string, string | undefined>();
  for (const file of entry.versions) {
    const mark = markOf(entry, file, stamps.get(file.version));
    const last = tried.get(file.version);
    if (!again && last?.mark === mark && served.includes(file.version)) keep.set(file.version, last.reason);
    else load.push({ file, mark });
  }
  const found = new Set([...entry.versions.map(({ version }) => version), ...entry.withheld]);
  for (const version of served) {
    // Its folder is still there, so that it is being written or was damaged, not taken away.
    if (!found.has(version) && stamps.has(version))
      keep.set(version, 'There is no model.onnx in its folder.');
  }
  return { load, keep };
}

/** Changes whenever the version has to be loaded again. */
export function markOf(
  { config, labels, featureTable }: Pick<ModelEntry, 'config' | 'labels' | 'featureTable'>,
  file: VersionEntry,
  stamp: string | undefined,
): string {
  const settings = Object.entries(config).filter(([key]) => !LIGHT.has(key) && key !== 'sha256');
  return JSON.stringify([file, stamp, Object.fromEntries(settings), labels, featureTable?.digest]);
}
