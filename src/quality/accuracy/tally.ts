/** What feedback says of some predictions: how many were right, how sure the model was, what it took for what. */
import type { FeedbackEntry } from '../feedback/entry.ts';
import { Calibration } from './calibration.ts';
import { Confusions } from './confusions.ts';

export class Tally {
  /** Predictions of which it is known whether they were right, and those that were. */
  n = 0;
  correct = 0;
  readonly calibration = new Calibration();
  readonly confusions = new Confusions();
  readonly scores = { n: 0, sum: 0 };

  add({ predicted, correct, classId, score, more }: FeedbackEntry): void {
    if (score !== undefined) {
      this.scores.n++;
      this.scores.sum += score;
    }
    if (correct === undefined) return;
    // That it was wrong has counted already.
    if (!more) {
      this.n++;
      this.correct += Number(correct);
      if (predicted !== undefined) this.calibration.add(predicted.probability, correct);
    }
    if (!correct && classId !== undefined && predicted !== undefined)
      this.confusions.add(predicted.classId, classId);
  }

  addAll(other: Tally): void {
    this.n += other.n;
    this.correct += other.correct;
    this.calibration.addAll(other.calibration);
    this.confusions.addAll(other.confusions);
    this.scores.n += other.scores.n;
    this.scores.sum += other.scores.sum;
  }
}

/** All of them as one. */
export function sumOf(tallies: Iterable<Tally>): Tally {
  const sum = new Tally();
  for (const tally of tallies) sum.addAll(tally);
  return sum;
}
