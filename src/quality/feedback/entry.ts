/**
 * What a caller has said of a prediction, as a line of the log of feedback: one object of JSON, with all that is needed to
 * count it, and to train on it. docs/feedback.md describes it for those who read it.
 */
import { REQUEST_ID } from '../log/key.ts';
import { objectIn } from '../log/record.ts';
import type { Verdict } from './verdict.ts';

export interface FeedbackEntry extends Verdict {
  readonly requestId: string;
  /** When it was said, in milliseconds since 1970. */
  readonly at: number;
  /** When the prediction was answered. */
  readonly answeredAt: number;
  /** Place of the item in its request. */
  readonly index: number;
  readonly model: string;
  readonly version: string;
  readonly route: string | undefined;
  /** Who said it; undefined where nobody is asked. */
  readonly by: string | undefined;
  /** The most probable class of the item, and its probability; undefined for a model that does not classify. */
  readonly predicted: { readonly classId: number; readonly probability: number } | undefined;
  /** Name of the class that it is, where it has one. */
  readonly label: string | undefined;
  /** Whether it only says which class it is, of an item that is known to be wrong. */
  readonly more: boolean;
}

/** With its line end. */
export function entryText(entry: FeedbackEntry): string {
  const { predicted } = entry;
  return `${JSON.stringify({
    request_id: entry.requestId,
    at: new Date(entry.at).toISOString(),
    answered_at: new Date(entry.answeredAt).toISOString(),
    index: entry.index,
    model: entry.model,
    version: entry.version,
    route: entry.route,
    by: entry.by,
    predicted: predicted && { class_id: predicted.classId, probability: predicted.probability },
    correct: entry.correct,
    class_id: entry.classId,
    label: entry.label,
    score: entry.score,
    more: entry.more || undefined,
  })}\n`;
}

/** An entry from a line, whoever wrote it; undefined when it is none. */
export function readEntry(line: string): FeedbackEntry | undefined {
  const facts = objectIn(line);
  if (facts === undefined) return undefined;
  const { request_id: requestId, index, model, version, route, by, correct, label, score } = facts;
  const [at, answeredAt, classId] = [timeIn(facts['at']), timeIn(facts['answered_at']), facts['class_id']];
  const predicted = predictedIn(facts['predicted']);
  if (typeof requestId !== 'string' || !REQUEST_ID.test(requestId)) return undefined;
  if (at === undefined || answeredAt === undefined || !isCount(index)) return undefined;
  if (typeof model !== 'string' || typeof version !== 'string' || predicted === null) return undefined;
  if (![route, by, label].every(isOptionalText)) return undefined;
  if (correct !== undefined && typeof correct !== 'boolean') return undefined;
  if (classId !== undefined && !isCount(classId)) return undefined;
  if (score !== undefined && !isShare(score)) return undefined;
  if ((correct === undefined) === (score === undefined)) return undefined;
  return {
    ...{ requestId, at, answeredAt, index, model, version, predicted, correct, classId, score },
    ...({ route, by, label } as Pick<FeedbackEntry, 'route' | 'by' | 'label'>),
    more: facts['more'] === true,
  };
}

/** Null for what is no such thing. */
function predictedIn(value: unknown): FeedbackEntry['predicted'] | null {
  if (value === undefined) return undefined;
  const { class_id: classId, probability } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (!isCount(classId)) return null;
  // JSON has no NaN: it is written as null.
  return { classId, probability: typeof probability === 'number' ? probability : NaN };
}

function timeIn(value: unknown): number | undefined {
  const time = typeof value === 'string' ? Date.parse(value) : NaN;
  return Number.isNaN(time) ? undefined : time;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isShare = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= 1;
const isOptionalText = (value: unknown): boolean => value === undefined || typeof value === 'string';
