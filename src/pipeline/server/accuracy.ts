/** What GET /v1/models/{model}/accuracy says of versions, read with care: the server may be of another version. Pure. */
import type { Measured } from '../journal/facts.ts';

interface Shown {
  readonly value?: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

/** The interval that holds the accuracy of a version with 95 % certainty. */
export interface KnownAccuracy {
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

/** Of that version; undefined where nothing was said of it, or where the server has not counted all that it has. */
export function accuracyOf(answer: unknown, version: string): KnownAccuracy | undefined {
  const found = shownOf(answer, version);
  return found === undefined ? undefined : { low: found.low, high: found.high, n: found.n };
}

/** The same as counts. A version of which nothing was said has none of either. */
export function measuredOf(answer: unknown, version: string): Measured | undefined {
  if (!isComplete(answer)) return undefined;
  const { value = 0, n } = shownOf(answer, version) ?? { n: 0 };
  return { n, correct: Math.round(value * n) };
}

/** Labels of all versions. */
export function labelsIn(answer: unknown): number | undefined {
  if (!isComplete(answer)) return undefined;
  return versionsIn(answer).reduce((sum, { accuracy }) => sum + (accuracy?.n ?? 0), 0);
}

interface Version {
  readonly version?: string;
  readonly accuracy?: Shown;
}

/** A server that has just been started reads what earlier ones have written: until then it counts too few. */
const isComplete = (answer: unknown): boolean =>
  typeof answer === 'object' && answer !== null && (answer as { complete?: boolean }).complete !== false;

const versionsIn = (answer: unknown): readonly Version[] => {
  const { versions } = (answer ?? {}) as { versions?: unknown };
  return Array.isArray(versions) ? (versions as Version[]) : [];
};

function shownOf(answer: unknown, version: string): Shown | undefined {
  if (!isComplete(answer)) return undefined;
  const accuracy = versionsIn(answer).find((one) => one.version === version)?.accuracy;
  return typeof accuracy?.n === 'number' && accuracy.n > 0 ? accuracy : undefined;
}
