/** What GET /v1/models/{model}/accuracy says of versions, read with care: the server may be of another version. Pure. */
import type { Measured } from '../journal/facts.ts';
import { numberIn, objectsIn } from './members.ts';

/** The interval that holds the accuracy of a version with 95 % certainty. */
export interface KnownAccuracy {
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

/** Of that version; undefined where nothing was said of it, or where the server has not counted all that it has. */
export function accuracyOf(answer: unknown, version: string): KnownAccuracy | undefined {
  const found = shownOf(answer, version);
  const [low, high, n] = ['low', 'high', 'n'].map((member) => numberIn(found, member));
  return low === undefined || high === undefined || n === undefined || n <= 0 ? undefined : { low, high, n };
}

/** The same as counts. A version of which nothing was said has none of either. */
export function measuredOf(answer: unknown, version: string): Measured | undefined {
  if (!isComplete(answer)) return undefined;
  const found = shownOf(answer, version);
  const n = numberIn(found, 'n') ?? 0;
  return { n, correct: Math.round((numberIn(found, 'value') ?? 0) * n) };
}

/** Labels of all versions. */
export function labelsIn(answer: unknown): number | undefined {
  if (!isComplete(answer)) return undefined;
  return objectsIn(answer, 'versions').reduce((sum, one) => sum + (numberIn(one['accuracy'], 'n') ?? 0), 0);
}

/** A server that has just been started reads what earlier ones have written: until then it counts too few. */
const isComplete = (answer: unknown): boolean =>
  typeof answer === 'object' && answer !== null && (answer as { complete?: unknown }).complete !== false;

const shownOf = (answer: unknown, version: string): unknown =>
  isComplete(answer)
    ? objectsIn(answer, 'versions').find((one) => one['version'] === version)?.['accuracy']
    : undefined;
