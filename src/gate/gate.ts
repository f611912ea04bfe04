/**
 * The gate: whether a challenger may take the place of a champion. Both answer the same held-out examples; what decides is the
 * accuracy where the right answers are known, else how often they agree: overall by the bounds of intervals, and per class by what is
 * shown to be lost. Size and speed stand beside it. This folder is pure: it counts and judges answers that others have fetched.
 *
 * How it is called:
 * - From a shell, or by a program of any language: `ortolan models gate NAME --challenger VERSION|FILE --data FILE.npz | --images DIR
 *   [--champion VERSION] [--min-accuracy 0.9] [--max-drop 0.02] [--min-agreement 0.95] [--max-class-drop 0.1] [--report FILE] [--json]`.
 *   Exit code 0: passed. 3: refused, the sentences on stderr. 1: it could not be judged. 2: the command is wrong.
 *   `--report` writes the report (`ReportSchema` of src/repository/report.ts), passed or refused.
 * - From src/root and the commands: `judge()` of src/root/gate.ts, with entries of the repository and examples of src/examples.
 * - For answers of another runtime, such as a .tflite: fetch the champion's by `answersOf()` there, put both into `Answer`s, and call
 *   `reportOf()` here.
 */
import { REPORT_FORMAT, type Report } from '../repository/report.ts';
import { compare, isLabelled, type Answer } from './comparison.ts';
import { limitsOf, type AskedLimits } from './limits.ts';
import { refusals } from './verdict.ts';

export type Side = Report['gate']['champion'];

export interface Judged {
  readonly answers: readonly Answer[];
  readonly champion: Side;
  readonly challenger: Side;
  readonly asked: AskedLimits;
  readonly examples: { readonly kind: 'images' | 'rows'; readonly sha256: string };
  readonly machine: Report['gate']['machine'];
  /** Names of the classes. */
  readonly labels?: readonly string[] | undefined;
  readonly made?: Report['made'] | undefined;
  /** ISO 8601. */
  readonly madeAt: string;
}

/** Counts, judges, and writes it down; `gate.passed` says whether it may pass. */
export function reportOf(judged: Judged): Report {
  const { answers, champion, challenger, asked, examples, labels, made } = judged;
  const labelled = isLabelled(answers);
  const limits = limitsOf(asked, labelled);
  const comparison = compare(answers);
  const nameOf = (classId: number): string => labels?.[classId] ?? String(classId);
  const faults = refusals(comparison, limits, { champion, challenger }, nameOf);
  const { n, failed, agreement, accuracy, classes } = comparison;
  return {
    format: REPORT_FORMAT,
    madeAt: judged.madeAt,
    ...(made !== undefined && { made }),
    gate: {
      passed: faults.length === 0,
      refusals: faults,
      limits: { ...limits },
      examples: { ...examples, n, labelled },
      champion,
      challenger,
      failed,
      agreement,
      ...(accuracy !== undefined && { accuracy }),
      classes: classes.map((one) => ({
        ...one,
        ...(labels?.[one.classId] !== undefined && { label: labels[one.classId]! }),
      })),
      machine: judged.machine,
    },
  };
}
