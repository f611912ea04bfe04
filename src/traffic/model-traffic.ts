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
  #layout: Layout | undefined;
  /** By number: the name in the split. */
  #names = new Map<string, string>();

  constructor(name: string) {
    this.name = name;
  }

  /** Takes settings without a fault. Buckets of the split that need not change hands stay where they are. */
  set(settings: TrafficConfig, known: KnownVersions): void {
    const { split, sticky } = settings;
    this.settings = settings;
    this.shadows = shadowsOf(settings).map(({ version, fraction }) => ({ name: version, fraction }));
    this.header = sticky?.slice(sticky.indexOf(':') + 1).toLowerCase();
    this.failedChecks = 0;
    this.judgements = new Map();
    this.window = new Counts();
    if (split === undefined) {
      this.#layout = undefined;
      this.#names = new Map();
      return;
    }
    const weights = new Map(
      Object.entries(split).map(([name, weight]) => [numberOf(name, known) ?? name, weight]),
    );
    this.#names = new Map(Object.keys(split).map((name) => [numberOf(name, known) ?? name, name]));
    this.#layout = layoutOf(weights, this.#layout);
  }

  /** The name, in the split, of the version for a request; undefined without a split. */
  choose(kept: KeptHeaders | undefined, random: () => number): string | undefined {
    const layout = this.#layout;
    if (layout === undefined) return undefined;
    const key = this.header === undefined ? undefined : kept?.[this.header];
    const bucket =
      key === undefined || key === '' ? anyBucket(random) : bucketOf(this.settings.salt ?? this.name, key);
    return this.#names.get(layout[bucket]!);
  }

  /** Numbers of the versions of the split, ascending, with the name and the share of each; empty without a split. */
  get shares(): readonly { readonly version: string; readonly name: string; readonly share: number }[] {
    const layout = this.#layout ?? [];
    return [...this.#names].map(([version, name]) => ({
      version,
      name,
      share: layout.filter((owner) => owner === version).length / BUCKETS,
    }));
  }

  /** Numbers of the versions of the split besides the baseline that get requests. */
  get canaries(): readonly string[] {
    return this.shares
      .filter(({ version, share }) => version !== this.baseline && share > 0)
      .map(({ version }) => version);
  }
}

/** What names stand for now, by what is served. */
export function knownOf({ versions, defaultVersion }: Model): KnownVersions {
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
