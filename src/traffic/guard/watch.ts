/**
 * Judges the versions of every split that has a guard, once an interval, and sends the traffic back to the baseline when
 * a limit is broken. Samples that prove nothing are kept for the next checks.
 */
import type { Clock } from '../../clock.ts';
import type { Catalogue, Model } from '../../serving/catalogue.ts';
import type { TrafficEvents } from '../../telemetry/events/traffic.ts';
import { Counts } from '../counts.ts';
import { knownOf, type ModelTraffic } from '../model-traffic.ts';
import { nextWeight, withOnly, withWeight } from '../steps.ts';
import type { TrafficTable } from '../traffic-table.ts';
import { GUARD_DEFAULTS, judge, type Judgement } from './verdict.ts';

/** Times the samples that a verdict needs, after which those that prove nothing are begun anew. */
const MOST_SAMPLES = 10;

export class GuardWatch {
  readonly #catalogue: Catalogue;
  readonly #table: TrafficTable;
  readonly #clock: Clock;
  readonly #events: TrafficEvents;
  readonly #stops = new Map<string, () => void>();
  #closed = false;

  constructor(catalogue: Catalogue, table: TrafficTable, clock: Clock, events: TrafficEvents) {
    this.#catalogue = catalogue;
    this.#table = table;
    this.#clock = clock;
    this.#events = events;
  }

  /** Begins a new interval for a model whose traffic was set. */
  restart(traffic: ModelTraffic): void {
    const { name } = traffic;
    this.#stops.get(name)?.();
    this.#stops.delete(name);
    const { guard } = traffic.settings;
    if (this.#closed || guard === undefined || traffic.canaries.length === 0) return;
    const intervalMs = guard.intervalMs ?? GUARD_DEFAULTS.intervalMs;
    const next = (): void => {
      this.#stops.set(
        name,
        this.#clock.after(intervalMs, () => {
          this.#stops.delete(name);
          if (this.#check(traffic)) next();
        }),
      );
    };
    next();
  }

  /** Judges no more. */
  close(): void {
    this.#closed = true;
    for (const stop of this.#stops.values()) stop();
    this.#stops.clear();
  }

  /** Returns whether to go on. */
  #check(traffic: ModelTraffic): boolean {
    const model = this.#catalogue.model(traffic.name);
    if (model === undefined || this.#table.of(model) !== traffic) return false;
    const judgements = judgementsOf(traffic);
    traffic.judgements = judgements;
    for (const [version, judgement] of judgements) {
      this.#events.judged({ model: traffic.name, version }, judgement);
    }
    const verdicts = [...judgements.values()].map(({ verdict }) => verdict);
    if (verdicts.includes('fail')) return this.#failed(traffic, model);
    if (!verdicts.includes('inconclusive')) traffic.failedChecks = 0;
    if (!verdicts.includes('inconclusive') && this.#advances(traffic, model)) return false;
    if (!verdicts.includes('inconclusive') || hasEnough(traffic)) traffic.window = new Counts();
    return true;
  }

  /** After a check that has passed: gives the canary more, or all. Returns whether the split is another now. */
  #advances(traffic: ModelTraffic, model: Model): boolean {
    const { stepWeight, maxWeight = GUARD_DEFAULTS.maxWeight } = traffic.settings.guard ?? {};
    const { judgements, canaries } = traffic;
    const [version] = canaries;
    if (stepWeight === undefined || version === undefined || traffic.state === 'held') return false;
    const percent = 100 * traffic.shares.find((part) => part.version === version)!.share;
    const next = nextWeight(percent, stepWeight, maxWeight);
    const all = next >= 100;
    this.#table.change(model, traffic, {
      settings: all ? withOnly(traffic, version, knownOf(model)) : withWeight(traffic, version, next),
      origin: 'guard',
      state: all ? 'promoted' : 'steady',
      reason: all ? undefined : `advanced to ${next} %`,
    });
    traffic.judgements = judgements;
    const labels = { model: model.name, version };
    if (all) this.#events.promoted(labels);
    else this.#events.advanced(labels, next);
    return true;
  }

  #failed(traffic: ModelTraffic, model: Model): boolean {
    const { threshold = GUARD_DEFAULTS.threshold } = traffic.settings.guard ?? {};
    traffic.failedChecks++;
    traffic.window = new Counts();
    if (traffic.state === 'held' || traffic.failedChecks < threshold) return true;
    const { judgements, failedChecks } = traffic;
    const reason = `failed checks threshold reached ${failedChecks}: ${reasonOf(judgements)}`;
    const versions = traffic.canaries;
    const settings = withOnly(traffic, traffic.baseline, knownOf(model));
    this.#table.change(model, traffic, { settings, origin: 'guard', state: 'rolled_back', reason });
    traffic.judgements = judgements;
    traffic.failedChecks = failedChecks;
    for (const version of versions)
      this.#events.rolledBack({ model: model.name, version }, traffic.baseline, reason);
    return false;
  }
}

/** Whether every version that the guard watches has so many samples that more would prove nothing either. */
function hasEnough({ canaries, window, settings }: ModelTraffic): boolean {
  const { minSamples = GUARD_DEFAULTS.minSamples } = settings.guard ?? {};
  return canaries.every((version) => window.tallyOf(version).errors.n >= MOST_SAMPLES * minSamples);
}

/** Of each version that the guard watches, by number. */
export function judgementsOf(traffic: ModelTraffic): ReadonlyMap<string, Judgement> {
  const { guard } = traffic.settings;
  if (guard === undefined) return new Map();
  const { window, baseline } = traffic;
  const members = new Set(traffic.shares.map(({ version }) => version));
  return new Map(
    traffic.canaries.map((version) => [
      version,
      judge(guard, {
        canary: window.tallyOf(version),
        baseline: window.tallyOf(baseline),
        disagreements: window.disagreements(version, members),
      }),
    ]),
  );
}

/** `version 2: error rate 1.31 % > 1.00 % (n 812)`, for all that failed. */
function reasonOf(judgements: ReadonlyMap<string, Judgement>): string {
  return [...judgements]
    .flatMap(([version, { checks }]) =>
      checks
        .filter(({ verdict }) => verdict === 'fail')
        .map(({ check, says, n }) => `version ${version}: ${check.replace('_', ' ')} ${says} (n ${n})`),
    )
    .join('; ');
}
