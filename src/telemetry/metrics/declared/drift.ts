/** How far the inputs and answers of a version are from its reference. */
import type { Register } from '../register.ts';

export const driftMetrics = (register: Register) => ({
  driftStatistic: register.gauge(
    'ortolan_drift_statistic',
    'How far the last whole window of a feature was from the reference: Kolmogorov-Smirnov over fixed bins for numbers, chi-square for classes, and for class_share the largest change of the share of a class.',
    ['model', 'version', 'feature'],
  ),
  driftThreshold: register.gauge(
    'ortolan_drift_threshold',
    'What the statistic of a feature is compared with: by chance alone one window in as many as its drift.json says is beyond one of them.',
    ['model', 'version', 'feature'],
  ),
  driftAlarm: register.gauge(
    'ortolan_drift_alarm',
    'Whether the last whole window of a feature was beyond its threshold: 1 or 0.',
    ['model', 'version', 'feature'],
  ),
  driftPsi: register.gauge(
    'ortolan_drift_psi',
    'Population stability index of the last whole window of a feature; for people, nothing alarms on it.',
    ['model', 'version', 'feature'],
  ),
  driftPsiNull: register.gauge('ortolan_drift_psi_null', 'The 99th percentile of that index without drift.', [
    'model',
    'version',
    'feature',
  ]),
  driftWindows: register.counter(
    'ortolan_drift_windows_total',
    'Windows that were compared with the reference: within all thresholds, or beyond one.',
    ['model', 'version', 'outcome'],
  ),
  driftRows: register.counter(
    'ortolan_drift_rows_total',
    'Rows whose feature was at most up_to; +Inf: all. The edges are those of the reference, so that counts of replicas add up.',
    ['model', 'version', 'feature', 'up_to'],
  ),
  driftReference: register.gauge(
    'ortolan_drift_reference_ratio',
    'Share of the rows of the reference whose feature was at most up_to.',
    ['model', 'version', 'feature', 'up_to'],
  ),
  driftClassRows: register.counter(
    'ortolan_drift_class_rows_total',
    'Rows by class of a feature: the 50 most frequent classes of the reference, and other.',
    ['model', 'version', 'feature', 'class'],
  ),
  driftClassReference: register.gauge(
    'ortolan_drift_class_reference_ratio',
    'Share of the rows of the reference with that class.',
    ['model', 'version', 'feature', 'class'],
  ),
  driftRefused: register.gauge(
    'ortolan_drift_reference_refused',
    'Whether the drift.json of a version is not used, because it is damaged or for other files: 1 or 0. The version is served without watching.',
    ['model', 'version'],
  ),
});
