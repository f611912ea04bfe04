/** Requests are routed by a split, copied to a shadow and compared; splits are set, judged, promoted and rolled back. */
import type { Audit } from '../audit/audit.ts';
import { trafficChanged } from '../audit/changes.ts';
import type { Log } from '../log/log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { VersionLabels } from '../metrics/register.ts';

/** A check of a version by the guard of its split. */
interface Judged {
  readonly verdict: 'pass' | 'fail' | 'inconclusive';
  readonly n: number;
  readonly checks: readonly {
    readonly check: string;
    readonly verdict: 'pass' | 'fail' | 'inconclusive';
    readonly n: number;
    readonly says: string;
  }[];
}

export class TrafficEvents {
  readonly #log: Log;
  readonly #metrics: Metrics;
  readonly #audit: Pick<Audit, 'record'> | undefined;

  constructor(log: Log, metrics: Metrics, audit?: Pick<Audit, 'record'>) {
    this.#log = log;
    this.#metrics = metrics;
    this.#audit = audit;
  }

  /** `route`: why that version. */
  routed({ model, version }: VersionLabels, route: string): void {
    this.#metrics.trafficRequests.inc({ model, version, route });
  }

  /** `by`: who has set it. */
  set(model: string, settings: object, by: string): void {
    if (by !== 'model.json' || Object.keys(settings).length > 0) {
      this.#audit?.record(trafficChanged(model, 'set', { traffic: settings, by }));
    }
    if (by !== 'model.json') {
      this.#log.info(
        { model, traffic: settings, by },
        'traffic set, until the next start: model.json holds then',
      );
    } else if (Object.keys(settings).length > 0)
      this.#log.info({ model, traffic: settings, by }, 'traffic set');
  }

  /** The share that a version has from now on, from 0 to 1. */
  share({ model, version }: VersionLabels, share: number): void {
    this.#metrics.trafficShare.set({ model, version }, share);
    this.#metrics.rollbacks.of({ model, version }); // Begins at 0, so that a first increase is visible.
  }

  /** Of a shadow version. `live`: the version that has answered. `ms`: on its worker. */
  copyCompared(
    { model, version }: VersionLabels,
    live: string,
    { agrees, difference, ms }: { agrees: boolean; difference: number; ms: number },
  ): void {
    this.#metrics.shadowCopies.inc({ model, version, result: agrees ? 'agree' : 'disagree' });
    this.#metrics.shadowDifference.of({ model, version }).observe(difference);
    this.#metrics.shadowDuration.of({ model, version }).observe(ms / 1000);
    this.#metrics.workerBusy.inc(ms / 1000);
    if (!this.#log.isLevelEnabled('debug')) return;
    const line = { model, version, model_route: `shadow-of ${live}`, agrees, difference };
    this.#log.debug(line, 'shadow compared');
  }

  copyFailed({ model, version }: VersionLabels, live: string): void {
    this.#metrics.shadowCopies.inc({ model, version, result: 'failed' });
    this.#log.debug({ model, version, model_route: `shadow-of ${live}` }, 'shadow failed');
  }

  copyDropped({ model, version }: VersionLabels, reason: string): void {
    this.#metrics.shadowDropped.inc({ model, version, reason });
  }

  judged({ model, version }: VersionLabels, { verdict, n, checks }: Judged): void {
    this.#metrics.guardVerdicts.inc({ model, version, verdict });
    const said = checks.map(({ check, says, n: samples }) => `${check} ${says} (n ${samples})`).join(', ');
    if (verdict !== 'fail') return this.#log.debug({ model, version, verdict, n, said }, 'guard checked');
    for (const { check, verdict: one, says, n: samples } of checks) {
      if (one !== 'fail') continue;
      const line = { model, version, check, says, n: samples };
      this.#log.warn(line, `Halt ${model} version ${version}: ${check.replace('_', ' ')} ${says}`);
    }
  }

  /** A version has lost its share of the split to the baseline. */
  rolledBack({ model, version }: VersionLabels, baseline: string, reason: string): void {
    this.#metrics.rollbacks.inc({ model, version });
    this.#log.warn({ model, version, baseline, reason }, `Rolled back ${model} to version ${baseline}`);
    this.#audit?.record(trafficChanged(model, 'rolled back', { version, baseline, reason }));
  }

  /** The guard has given a version a larger share, in percent. */
  advanced({ model, version }: VersionLabels, percent: number): void {
    this.#log.info({ model, version, percent }, `Advance ${model} version ${version} weight ${percent}`);
    this.#audit?.record(trafficChanged(model, 'advanced', { version, percent }));
  }

  promoted({ model, version }: VersionLabels): void {
    this.#log.info({ model, version }, 'promoted, until the next start: model.json holds then');
    this.#audit?.record(trafficChanged(model, 'promoted', { version }));
  }

  held(model: string): void {
    this.#log.info({ model }, 'traffic held: the guard changes nothing');
    this.#audit?.record(trafficChanged(model, 'held', {}));
  }
}
