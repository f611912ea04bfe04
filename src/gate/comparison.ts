/** Counts how two models answer the same questions: overall and per class, with intervals. Pure. */
import { wilson, type Interval } from '../wilson.ts';
import { drop, zOf } from './interval.ts';

/** The classes that the two models name for one question. */
export interface Answer {
  /** The right class; undefined: not known. */
  readonly label?: number | undefined;
  readonly champion: number;
  /** NONE: it failed, or its scores were no numbers. Such an answer is wrong, whatever the label. */
  readonly challenger: number;
}

/** The class of a challenger's answer that is none. */
export const NONE = -1;

/** `hits` of `n`, and what that says about all answers. */
export interface Share extends Interval {
  readonly n: number;
  readonly hits: number;
  readonly share: number;
}

/** What the challenger loses of the accuracy; a negative share is gained. */
export interface Drop extends Interval {
  readonly share: number;
  /** Answers that only the champion has right. */
  readonly lost: number;
  /** Answers that only the challenger has right. */
  readonly won: number;
}

export interface Accuracy {
  readonly champion: Share;
  readonly challenger: Share;
  readonly drop: Drop;
}

export interface Compared {
  readonly agreement: Share;
  /** Undefined where labels are not known. */
  readonly accuracy?: Accuracy;
}

export interface ComparedClass extends Compared {
  readonly classId: number;
}

export interface Comparison extends Compared {
  readonly n: number;
  /** Answers of the challenger that were none. */
  readonly failed: number;
  /**
   * By class: the right one or, without labels, the champion's. Those that occur, ascending. Their intervals hold together at 95 %,
   * and are wider for it.
   */
  readonly classes: readonly ComparedClass[];
}

/** Labels count only when every answer has one. */
export function compare(answers: readonly Answer[]): Comparison {
  const labelled = isLabelled(answers);
  const byClass = Map.groupBy(answers, ({ label, champion }) => (labelled ? label! : champion));
  const z = zOf(byClass.size);
  return {
    n: answers.length,
    failed: answers.filter(({ challenger }) => challenger === NONE).length,
    ...compared(answers, labelled),
    classes: [...byClass]
      .sort(([a], [b]) => a - b)
      .map(([classId, own]) => ({ classId, ...compared(own, labelled, z) })),
  };
}

export const isLabelled = (answers: readonly Pick<Answer, 'label'>[]): boolean =>
  answers.length > 0 && answers.every(({ label }) => label !== undefined);

function compared(answers: readonly Answer[], labelled: boolean, z?: number): Compared {
  const share = (isHit: (answer: Answer) => boolean): Share => {
    const hits = answers.filter(isHit).length;
    return { n: answers.length, hits, share: hits / answers.length, ...wilson(hits, answers.length, z) };
  };
  const agreement = share(({ champion, challenger }) => champion === challenger);
  if (!labelled) return { agreement };
  const champion = share((answer) => answer.champion === answer.label);
  const challenger = share((answer) => answer.challenger === answer.label);
  const both = answers.filter(
    (answer) => answer.champion === answer.label && answer.challenger === answer.label,
  ).length;
  const n = answers.length;
  const lost = champion.hits - both;
  const won = challenger.hits - both;
  return {
    agreement,
    accuracy: {
      champion,
      challenger,
      drop: { share: (lost - won) / n, lost, won, ...drop(lost, won, n, z) },
    },
  };
}
