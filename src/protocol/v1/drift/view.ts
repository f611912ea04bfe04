/** The drift of a version as it is answered. Pure. */
import type { ClassFeature, NumberFeature } from '../../../quality/drift/feature.ts';
import type { VersionDrift } from '../../../quality/drift/version-drift.ts';
import { rounded } from '../../rounding.ts';

const UNITS: Readonly<Record<string, string>> = {
  luminance: 'levels',
  contrast: 'levels',
  sharpness: 'levels',
  saturation: 'levels',
  warmth: 'levels',
  aspect: 'width / height',
  bits_per_pixel: 'bits',
  entropy: 'nats',
};

type Shown = Pick<VersionDrift, 'version' | 'state' | 'reason' | 'monitor' | 'gathering'>;

export function viewOf({ version, state, reason, monitor, gathering }: Shown): object {
  const { labels } = version.settings;
  return {
    version: version.version,
    state,
    ...(reason !== undefined && { reason }),
    ...(gathering !== undefined && { gathering: { rows: gathering.rows.seen, of: gathering.wish.rows } }),
    ...(monitor !== undefined && {
      reference: {
        rows: monitor.reference.rows,
        made: monitor.reference.made,
        from: monitor.reference.from,
        digest: `sha256:${monitor.reference.digest}`,
      },
      window: {
        rows: monitor.reference.window,
        seen: monitor.seen,
        whole: monitor.windows,
        alarms: monitor.alarms,
        false_alarm_every: monitor.reference.falseAlarmEvery,
      },
      now_is: monitor.windows === 0 ? 'this_window' : 'last_window',
      alarm: monitor.features.some(({ verdicts }) => verdicts.some(({ beyond }) => beyond)),
    }),
    features: (monitor?.features ?? []).map((feature) => featureOf(feature, labels)),
  };
}

function featureOf(feature: NumberFeature | ClassFeature, labels: readonly string[] | undefined): object {
  const { name, verdicts, reference, last, window } = feature;
  const [first] = verdicts;
  const now = sharesOf(last ?? window);
  return {
    feature: name,
    kind: feature.kind,
    ...(feature.kind === 'number' && UNITS[name] !== undefined && { unit: UNITS[name] }),
    statistics: verdicts.map(({ name: of, statistic, value, threshold, beyond }) => ({
      name: of,
      statistic,
      value: toMillionth(value),
      threshold: toMillionth(threshold.value),
      alarm: beyond,
    })),
    ...(first !== undefined && {
      psi: { value: toMillionth(first.psi), null_p99: toMillionth(first.threshold.psi) },
    }),
    ...(feature.kind === 'number'
      ? { edges: Array.from(feature.edges) }
      : { classes: [...feature.values.map((value) => namedIn(name, value, labels)), 'other'] }),
    reference: sharesOf(reference),
    ...(now !== undefined && { now }),
  };
}

/** Undefined of no rows. */
function sharesOf(counts: Float64Array | Uint32Array): number[] | undefined {
  let sum = 0;
  for (const count of counts) sum += count;
  return sum === 0 ? undefined : Array.from(counts, (count) => toMillionth(count / sum));
}

const toMillionth = (value: number): number => rounded(value, 1e6);

const namedIn = (feature: string, value: string, labels: readonly string[] | undefined): string =>
  feature === 'class' ? (labels?.[Number(value)] ?? value) : value;
