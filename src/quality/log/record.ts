/**
 * What is written of a prediction: one object of JSON a line. Its facts come first and are small, what the client sent comes
 * last. docs/feedback.md describes it for those who read it.
 */
import type { Identity } from '../../guard/identity.ts';
import type { Answered } from '../answered.ts';
import { itemsOf, type Item } from './items.ts';
import { REQUEST_ID } from './key.ts';

export interface PredictionRecord {
  readonly requestId: string;
  /** When it was answered, in milliseconds since 1970. */
  readonly at: number;
  readonly model: string;
  readonly version: string;
  /** Why that version; undefined where there was nothing to choose. */
  readonly route: string | undefined;
  /** Who it was from; undefined where nobody said. */
  readonly caller: string | undefined;
  /** Classes of the model; 0 for one that does not classify. */
  readonly ofClasses: number;
  readonly items: readonly Item[];
}

/** What a caller is known by in the log: a key by its name, which its successor has too. */
export const callerOf = (identity: Identity | undefined): string | undefined =>
  identity && `${identity.kind}:${identity.name}`;

/** `at`: milliseconds since 1970. */
export function recordOf(answered: Answered, at: number): PredictionRecord {
  const { requestId, identity, version, route } = answered;
  return {
    requestId,
    at,
    ...{ model: version.name, version: version.version, route, caller: callerOf(identity) },
    ofClasses: version.settings.classifies ? Math.max(0, version.classes) : 0,
    items: itemsOf(answered),
  };
}

/** Six digits: a probability in single precision has no more. */
const rounded = (value: number): number | null =>
  Number.isFinite(value) ? Math.round(value * 1e6) / 1e6 : null;

/** The facts as JSON, without the closing brace: more may follow. */
export function factsText(
  record: PredictionRecord,
  more: { cached: boolean; ms: number; rows: number },
): string {
  const { requestId, at, model, version, route, caller, ofClasses, items } = record;
  const facts = {
    request_id: requestId,
    at: new Date(at).toISOString(),
    ...{ model, version, route, caller },
    cached: more.cached || undefined,
    ms: Math.round(more.ms * 1000) / 1000,
    rows: more.rows,
    of_classes: ofClasses,
    items: items.map(({ index, classes, probabilities }) => ({
      index,
      classes,
      probabilities: probabilities.map(rounded),
    })),
  };
  return JSON.stringify(facts).slice(0, -1);
}

/** A record from the facts of a line, whoever wrote it; undefined when it is none. */
export function readRecord(head: string): PredictionRecord | undefined {
  const facts = objectIn(head);
  if (facts === undefined) return undefined;
  const { request_id: requestId, model, version, route, caller, of_classes: ofClasses, items } = facts;
  const at = typeof facts['at'] === 'string' ? Date.parse(facts['at']) : NaN;
  if (typeof requestId !== 'string' || !REQUEST_ID.test(requestId) || Number.isNaN(at)) return undefined;
  if (typeof model !== 'string' || typeof version !== 'string') return undefined;
  if (!isOptional(route) || !isOptional(caller) || !isCount(ofClasses) || !Array.isArray(items))
    return undefined;
  const read = items.map(readItem);
  if (read.some((item) => item === undefined)) return undefined;
  return { requestId, at, model, version, route, caller, ofClasses, items: read as Item[] };
}

/** An object of JSON; undefined for anything else. */
export function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function readItem(value: unknown): Item | undefined {
  const { index, classes, probabilities } = (value ?? {}) as Partial<Record<keyof Item, unknown>>;
  if (!isCount(index) || !Array.isArray(classes) || !Array.isArray(probabilities)) return undefined;
  const numbers = probabilities.map((one: unknown) => (one === null ? NaN : one));
  if (!classes.every(isCount) || !numbers.every((one) => typeof one === 'number')) return undefined;
  return classes.length === numbers.length ? { index, classes, probabilities: numbers } : undefined;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isOptional = (value: unknown): value is string | undefined =>
  value === undefined || typeof value === 'string';
