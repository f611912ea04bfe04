/** The traffic of one model: what was asked for, what follows from it, and what was counted since. */
import { shadowsOf, type TrafficConfig } from '../repository/model-json/traffic.ts';
import { numberOf, type KnownVersions } from '../repository/traffic-faults.ts';
import type { Model } from '../serving/catalogue.ts';
import { Counts } from './counts.ts';
import type { Judgement } from './guard/verdict.ts';
import { anyBucket, bucketOf } from './split/assignment.ts';
import { BUCKETS, layoutOf, type Layout } from './split/layout.ts';

/** Who has set the settings. */
export type Origin = 'model.json' | 'request' | 'guard';

/** steady: as it was set. held: as it was set, and the guard changes nothing. */
export type TrafficState = 'steady' | 'held' | 'promoted' | 'rolled_back';

/** Names of headers in lower case, with their values. */
export type KeptHeaders = Readonly<Record<string, string>>;

export interface Shadowing {
  /** A version by number or label. */
  readonly name: string;
  readonly fraction: number;
}

export class ModelTraffic {
  readonly name: string;
  /** `traffic` of model.json as it was read last. */
  declared: TrafficConfig | undefined;
  settings: TrafficConfig = {};
  origin: Origin = 'model.json';
  state: TrafficState = 'steady';
  /** Why the state is what it is. */
  reason: string | undefined;
  /** When the settings were set, by the clock; undefined: never. */
  sinceMs: number | undefined;
  /** The number of the version that the others of the split are compared with, and that traffic goes back to. */
  baseline = '';
  shadows: readonly Shadowing[] = [];
  /** Since the settings were set. */
  counts = new Counts();
  /** Since the last check of the guard that decided something. */
  window = new Counts();
  /** The last check of each version that the guard watches, by number. */
  judgements: ReadonlyMap<string, Judgement> = new Map();
  /** Failed checks, one after the other. */
  failedChecks = 0;
  /** The header whose value is the key; undefined when nothing is sticky. */
  header: string | undefined;
  readonly #known: () => KnownVersions;
  /** By name: what a name stands for may change while others serve. */
  #layout: Layout | undefined;

  /** `known`: what names stand for now. */
  constructor(name: string, known: () => KnownVersions) {
    this.name = name;
    this.#known = known;
    this.baseline = known().defaultVersion;
  }

  /** Takes settings without a fault. Buckets of the split that need not change hands stay where they are. */
  set(settings: TrafficConfig): void {
    const { split, sticky } = settings;
    this.settings = settings;
    this.shadows = shadowsOf(settings).map(({ version, fraction }) => ({ name: version, fraction }));
    this.header = sticky?.slice(sticky.indexOf(':') + 1).toLowerCase();
    this.failedChecks = 0;
    this.judgements = new Map();
    this.window = new Counts();
    const before = this.#layout;
    this.#layout =
      split === undefined
        ? undefined
        : layoutOf(new Map(Object.entries(split)), before && this.#renamed(before, split));
  }

  /** The layout with the names of a split, where the same versions had others. */
  #renamed(layout: Layout, split: NonNullable<TrafficConfig['split']>): Layout {
    const known = this.#known();
    const names = new Map<string, string>();
    for (const name of new Set(layout)) {
      const number = numberOf(name, known);
      const same = Object.keys(split).find(
        (other) => number !== undefined && numberOf(other, known) === number,
      );
      names.set(name, Object.hasOwn(split, name) ? name : (same ?? name));
    }
    return layout.map((name) => names.get(name)!);
  }

  /** The name, in the split, of the version for a request; undefined without a split. */
  choose(kept: KeptHeaders | undefined, random: () => number): string | undefined {
    const layout = this.#layout;
    if (layout === undefined) return undefined;
    const key = this.header === undefined ? undefined : kept?.[this.header];
    const bucket =
      key === undefined || key === '' ? anyBucket(random) : bucketOf(this.settings.salt ?? this.name, key);
    return layout[bucket];
  }

  /** The versions of the split by number, with the name and the share of each; empty without a split. */
  get shares(): readonly { readonly version: string; readonly name: string; readonly share: number }[] {
    const layout = this.#layout ?? [];
    const known = this.#known();
    return Object.keys(this.settings.split ?? {}).map((name) => ({
      version: numberOf(name, known) ?? name,
      name,
      share: layout.filter((owner) => owner === name).length / BUCKETS,
    }));
  }

  /** Numbers of the versions of the split besides the baseline that get requests. */
  get canaries(): readonly string[] {
    return this.shares
      .filter(({ version, share }) => version !== this.baseline && share > 0)
      .map(({ version }) => version);
  }
}

const NO_MODEL = { versions: [], defaultVersion: '' };

/** What names stand for now, by what is served. Undefined: of a model that is gone. */
export function knownOf(model: Model | undefined): KnownVersions {
  const { versions, defaultVersion } = model ?? NO_MODEL;
  return {
    versions: versions.map(({ version }) => version),
    labels: new Map(
      versions.flatMap(({ version, settings }) => settings.versionLabels.map((label) => [label, version])),
    ),
    defaultVersion,
  };
}

/** The baseline of a split: the default version if it is in the split, else the one with the largest weight. */
export function baselineOf({ split }: TrafficConfig, known: KnownVersions): string {
  const weights = Object.entries(split ?? {}).map(
    ([name, weight]) => [numberOf(name, known) ?? name, weight] as const,
  );
  const [heaviest] = weights.toSorted(([, a], [, b]) => b - a);
  return heaviest === undefined || weights.some(([version]) => version === known.defaultVersion)
    ? known.defaultVersion
    : heaviest[0];
}
