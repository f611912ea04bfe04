/** The inputs and answers of a version are compared with its reference; references are opened, refused and made. */
import type { Audit } from '../audit/audit.ts';
import { driftReferenceMade } from '../audit/changes.ts';
import type { Log } from '../log/log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { VersionLabels } from '../metrics/register.ts';

/** Of one statistic over one window. */
interface Judged {
  /** Of the feature, or of its second statistic. */
  readonly name: string;
  readonly value: number;
  readonly threshold: { readonly value: number; readonly psi: number };
  readonly psi: number;
  readonly beyond: boolean;
}

export class DriftEvents {
  readonly #log: Log;
  readonly #metrics: Metrics;
  readonly #audit: Pick<Audit, 'record'> | undefined;

  constructor(log: Log, metrics: Metrics, audit?: Pick<Audit, 'record'>) {
    this.#log = log;
    this.#metrics = metrics;
    this.#audit = audit;
  }

  /** Rows are compared with a reference from now on. */
  begun(
    { model, version }: VersionLabels,
    facts: { readonly rows: number; readonly window: number; readonly falseAlarmEvery: number },
  ): void {
    this.#metrics.driftRefused.set({ model, version }, 0);
    for (const outcome of ['within', 'beyond']) this.#metrics.driftWindows.of({ model, version, outcome });
    const { rows, window, falseAlarmEvery } = facts;
    const line = { model, version, reference_rows: rows, window, false_alarm_every: falseAlarmEvery };
    this.#log.info(line, 'drift is watched');
  }

  /** The version is served without being watched. */
  refused({ model, version }: VersionLabels, reason: string): void {
    this.#metrics.driftRefused.set({ model, version }, 1);
    this.#log.warn({ model, version, reason }, 'drift.json is not used, drift is not watched');
  }

  /** Its drift.json is gone. */
  ended({ model, version }: VersionLabels): void {
    this.#log.info({ model, version }, 'drift is no longer watched');
  }

  /** What was known of a version belongs to a reference that is no longer used. */
  cleared({ model, version }: VersionLabels): void {
    const metrics = this.#metrics;
    const all = [
      metrics.driftStatistic,
      metrics.driftThreshold,
      metrics.driftAlarm,
      metrics.driftPsi,
      metrics.driftPsiNull,
      metrics.driftWindows,
      metrics.driftRows,
      metrics.driftReference,
      metrics.driftClassRows,
      metrics.driftClassReference,
      metrics.driftRefused,
    ];
    for (const metric of all) metric.remove({ model, version });
  }

  /** A window is whole. */
  judged({ model, version }: VersionLabels, verdicts: readonly Judged[]): void {
    const beyond = verdicts.some((verdict) => verdict.beyond);
    this.#metrics.driftWindows.inc({ model, version, outcome: beyond ? 'beyond' : 'within' });
    for (const { name, value, threshold, psi, beyond: alarms } of verdicts) {
      const of = { model, version, feature: name };
      const before = this.#metrics.driftAlarm.of(of).value;
      this.#metrics.driftStatistic.set(of, value);
      this.#metrics.driftThreshold.set(of, threshold.value);
      this.#metrics.driftAlarm.set(of, alarms ? 1 : 0);
      this.#metrics.driftPsi.set(of, psi);
      this.#metrics.driftPsiNull.set(of, threshold.psi);
      if (alarms === (before === 1)) continue;
      const line = { ...of, statistic: value, threshold: threshold.value };
      if (alarms) this.#log.warn(line, 'drift');
      else this.#log.info(line, 'drift is over');
    }
  }

  /** Rows of the traffic are gathered for a reference. */
  gathering({ model, version }: VersionLabels, rows: number): void {
    this.#log.info({ model, version, rows }, 'gathering rows for drift.json');
  }

  /** A reference was made of traffic. `fault`: why it was not written; it is used until the version is loaded again. */
  made({ model, version }: VersionLabels, rows: number, fault: string | undefined): void {
    const line = { model, version, rows };
    if (fault === undefined) this.#log.info(line, 'drift.json written');
    else
      this.#log.warn(
        { ...line, reason: fault },
        'drift.json not written, used until the version is loaded again',
      );
    this.#audit?.record(driftReferenceMade({ model, version }, { rows, written: fault === undefined }));
  }
}
