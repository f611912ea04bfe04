/** Whether a run is to begin, by what the server says and what the journal knows of earlier runs. Pure. */
import { formatDuration } from '../../config/duration.ts';
import type { TriggerName } from '../journal/event.ts';
import type { Run } from '../journal/progress.ts';
import type { KnownAccuracy } from '../server/accuracy.ts';
import type { TriggerSettings } from '../settings/load.ts';

/** What was read for the triggers that are set; undefined: not asked, or not known there. */
export interface Readings {
  /** Which features have drifted, as a sentence. */
  readonly drift?: string | undefined;
  /** Of the version that answers. */
  readonly accuracy?: KnownAccuracy | undefined;
  /** Labels of all versions. */
  readonly labels?: number | undefined;
}

export interface Due {
  readonly trigger: TriggerName;
  readonly reason: string;
}

/** `last`: the run before, which is over. `now`: milliseconds since 1970. */
export function dueOf(
  { drift, accuracy, labels, everyMs, cooldownMs }: TriggerSettings,
  readings: Readings,
  last: Pick<Run, 'startedAt' | 'lastAt' | 'labels'> | undefined,
  now: number,
): Due | undefined {
  const rested = last === undefined || now - last.lastAt >= cooldownMs;
  if (drift && rested && readings.drift !== undefined) return { trigger: 'drift', reason: readings.drift };
  if (accuracy !== undefined && rested && readings.accuracy !== undefined) {
    const { high, n } = readings.accuracy;
    if (n >= accuracy.minLabels && high < accuracy.floor)
      return {
        trigger: 'accuracy',
        reason: `at most ${percent(high)} (n ${n}), below ${percent(accuracy.floor)}`,
      };
  }
  if (labels !== undefined && readings.labels !== undefined) {
    const fresh = freshOf(readings.labels, last?.labels);
    if (fresh >= labels) return { trigger: 'labels', reason: `${fresh} new labels` };
  }
  if (everyMs !== undefined && (last === undefined || now - last.startedAt >= everyMs))
    return { trigger: 'schedule', reason: `every ${formatDuration(everyMs)}` };
  return undefined;
}

/** Where old labels leave the log as new ones come, the count falls: those that are there then count as new. */
const freshOf = (labels: number, before: number | undefined): number =>
  before === undefined || labels < before ? labels : labels - before;

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
