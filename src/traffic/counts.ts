/** What was counted of the versions of one model: errors and durations of each, and how pairs of them compare. */
import type { ModelVersion } from '../serving/model-version.ts';
import { Durations } from './durations.ts';
import type { Share } from './guard/confidence.ts';
import type { Counted } from './guard/verdict.ts';
import type { Compared } from './shadow/comparison.ts';

/** Of one version. */
export class Tally implements Counted {
  readonly durations = new Durations();
  #failed = 0;

  get errors(): Share {
    return { count: this.#failed, n: this.#failed + this.durations.n };
  }

  answered(ms: number): void {
    this.durations.add(ms);
  }

  failed(): void {
    this.#failed++;
  }
}

/** Of a version that has answered and one that was run on the same inputs. */
export class PairTally {
  readonly liveMs = new Durations();
  readonly shadowMs = new Durations();
  /** Inputs that both have run. */
  n = 0;
  agreed = 0;
  /** Inputs on which only the shadow failed. */
  errors = 0;
  largestDifference = 0;
  #differences = 0;

  get meanDifference(): number {
    return this.n === 0 ? 0 : this.#differences / this.n;
  }

  compared({ agrees, difference }: Compared, liveMs: number, shadowMs: number): void {
    this.n++;
    if (agrees) this.agreed++;
    this.#differences += difference;
    this.largestDifference = Math.max(this.largestDifference, difference);
    this.liveMs.add(liveMs);
    this.shadowMs.add(shadowMs);
  }
}

export interface Pair {
  readonly live: string;
  readonly shadow: string;
}

interface Kept<T> {
  readonly instances: readonly (number | undefined)[];
  readonly tally: T;
}

/** Counts start anew for a version whose content has been replaced. */
export class Counts {
  readonly #versions = new Map<string, Kept<Tally>>();
  readonly #pairs = new Map<string, Kept<PairTally> & Pair>();

  of(version: ModelVersion): Tally {
    const instances = [version.source?.instance];
    const kept = this.#versions.get(version.version);
    if (kept !== undefined && same(kept.instances, instances)) return kept.tally;
    const tally = new Tally();
    this.#versions.set(version.version, { instances, tally });
    return tally;
  }

  ofPair(live: ModelVersion, shadow: ModelVersion): PairTally {
    const instances = [live.source?.instance, shadow.source?.instance];
    const key = `${live.version}/${shadow.version}`;
    const kept = this.#pairs.get(key);
    if (kept !== undefined && same(kept.instances, instances)) return kept.tally;
    const tally = new PairTally();
    this.#pairs.set(key, { live: live.version, shadow: shadow.version, instances, tally });
    return tally;
  }

  /** Of a version by its number; empty when nothing was counted. */
  tallyOf(version: string): Tally {
    return this.#versions.get(version)?.tally ?? new Tally();
  }

  get versions(): readonly (readonly [version: string, tally: Tally])[] {
    return [...this.#versions].map(([version, { tally }]) => [version, tally]);
  }

  get pairs(): readonly (Pair & { readonly tally: PairTally })[] {
    return [...this.#pairs.values()];
  }

  /** Inputs on which a version and any other of `others` disagree, in either role. */
  disagreements(version: string, others: ReadonlySet<string>): Share {
    let [count, n] = [0, 0];
    for (const { live, shadow, tally } of this.#pairs.values()) {
      const concerned = (live === version && others.has(shadow)) || (shadow === version && others.has(live));
      if (!concerned) continue;
      n += tally.n;
      count += tally.n - tally.agreed;
    }
    return { count, n };
  }
}

const same = (one: readonly unknown[], other: readonly unknown[]): boolean =>
  one.every((instance, index) => instance === other[index]);
