/** Whether what is said of a prediction is new, agrees with what was said before, or contradicts it. Pure. */

/** What is said, or known, of one item of a prediction. */
export interface Verdict {
  /** Whether the most probable class was right. */
  readonly correct?: boolean | undefined;
  /** The class that it is; undefined where only its being wrong is known. */
  readonly classId?: number | undefined;
  /** How good the answer was, from 0 to 1. */
  readonly score?: number | undefined;
}

/** more: it agrees, and says which class it is where only that the answer was wrong was known. */
export type Judged = 'new' | 'more' | 'same' | 'conflict';

/** A verdict about the class and a score do not touch each other. */
export function judge(known: Verdict, said: Verdict): Judged {
  if (said.score !== undefined) {
    if (known.score === undefined) return 'new';
    return known.score === said.score ? 'same' : 'conflict';
  }
  if (known.correct === undefined) return 'new';
  if (known.correct !== said.correct) return 'conflict';
  if (known.correct || said.classId === undefined || said.classId === known.classId) return 'same';
  return known.classId === undefined ? 'more' : 'conflict';
}

/** What is known after something was said that does not contradict it. */
export const joined = (known: Verdict, said: Verdict): Verdict => ({
  correct: known.correct ?? said.correct,
  classId: known.classId ?? said.classId,
  score: known.score ?? said.score,
});
