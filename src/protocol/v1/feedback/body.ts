/** The body of a feedback: which prediction, and one of four things to say of it. */
import { ServingError } from '../../../errors.ts';
import { REQUEST_ID } from '../../../quality/log/key.ts';
import type { GivenFeedback } from '../../../quality/feedback/feedback.ts';
import { parseJson } from '../../json-text.ts';
import { pointerTo } from '../../pointer.ts';

/** Longer than any name of a class. */
export const MOST_LABEL_CHARACTERS = 1024;

const SAYS = ['label', 'class_id', 'correct', 'score'] as const;
const KNOWN: ReadonlySet<string> = new Set(['request_id', 'index', ...SAYS]);

/** @throws ServingError BAD_JSON, EMPTY_BODY or BAD_FIELD with a pointer */
export function readFeedback(body: Buffer): GivenFeedback {
  const value = parseJson(body);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ServingError('BAD_FIELD', 'The body must be an object of JSON.', { pointer: '' });
  const members = value as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(members).find((name) => !KNOWN.has(name));
  if (unknown !== undefined) throw fault(unknown, `The members are ${[...KNOWN].join(', ')}.`);
  const { request_id: requestId, index, label, class_id: classId, correct, score } = members;
  if (typeof requestId !== 'string' || !REQUEST_ID.test(requestId))
    throw fault('request_id', 'request_id must be that of an answer: a text of at most 64 characters.');
  if (index !== undefined && !isCount(index)) throw fault('index', 'index must be a whole number from 0.');
  const said = SAYS.filter((name) => members[name] !== undefined);
  if (said.length !== 1)
    throw fault(said[1] ?? 'label', `Exactly one of ${SAYS.join(', ')} says what was right.`);
  if (label !== undefined && !(typeof label === 'string' && label.length <= MOST_LABEL_CHARACTERS))
    throw fault('label', 'label must be the name of a class.');
  if (classId !== undefined && !isCount(classId))
    throw fault('class_id', 'class_id must be a whole number from 0.');
  if (correct !== undefined && typeof correct !== 'boolean')
    throw fault('correct', 'correct must be true or false.');
  if (score !== undefined && !(typeof score === 'number' && score >= 0 && score <= 1))
    throw fault('score', 'score must be a number from 0 to 1.');
  return { requestId, index, label, classId, correct, score };
}

const fault = (name: string, message: string): ServingError =>
  new ServingError('BAD_FIELD', message, { pointer: pointerTo(name) });

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
