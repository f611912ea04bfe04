/** What /v1/models shows of the report of a version: how it was made, and how it answered beside the one that it was measured against. */
import Type, { type Static } from 'typebox';
import { mostChanged, type Report } from '../../repository/report.ts';
import { rounded } from '../rounding.ts';
import { text } from '../schemas.ts';

/** Most classes that are shown: those that lost most. The file has all. */
const CLASSES = 5;

const share = (description: string) => Type.Number({ minimum: -1, maximum: 1, description });
const Share = Type.Object(
  {
    n: Type.Integer({ minimum: 0, description: 'Held-out examples that it was counted over.' }),
    share: share('Of them.'),
    low: share('Lower bound of the 95 % interval.'),
    high: share('Upper bound.'),
  },
  { title: 'Share' },
);

const Accuracy = Type.Optional(
  Type.Object({ champion: Share, challenger: Share }, { title: 'ReportedAccuracy' }),
);

export const VersionReport = Type.Object(
  {
    made_at: text('When, by ISO 8601.'),
    made_by: Type.Optional(
      text('How it was made: `int8`, `prune`, or another word of the program that made it.'),
    ),
    made_from: Type.Optional(text('The version that it was made from.')),
    passed: Type.Boolean({ description: 'Whether it passed the gate.' }),
    measured_against: text('The version that answered the same examples.'),
    agreement: Share,
    accuracy: Accuracy,
    bytes: Type.Integer({ minimum: 0, description: 'Of all its files.' }),
    bytes_before: Type.Integer({ minimum: 0, description: 'Of the other one.' }),
    ms_per_row: Type.Optional(
      Type.Number({ description: 'Of one row on one core of the machine that judged it.' }),
    ),
    ms_per_row_before: Type.Optional(Type.Number({ description: 'Of the other one.' })),
    classes: Type.Array(
      Type.Object(
        {
          class_id: Type.Integer({ minimum: 0 }),
          label: Type.Optional(Type.String()),
          agreement: Share,
          accuracy: Accuracy,
        },
        { title: 'ReportedClass' },
      ),
      { description: `Those that changed most, ${CLASSES} at most; report.json beside the version has all.` },
    ),
  },
  {
    title: 'VersionReport',
    description: 'How the version was made and judged, from the report.json beside it.',
  },
);

export function shown(report: Report): Static<typeof VersionReport> {
  const { madeAt, made, gate } = report;
  const { champion, challenger, agreement, accuracy } = gate;
  return {
    made_at: madeAt,
    ...(made !== undefined && { made_by: made.how }),
    ...(made?.from !== undefined && { made_from: made.from }),
    passed: gate.passed,
    measured_against: champion.version,
    agreement: shareOf(agreement),
    ...(accuracy !== undefined && { accuracy: accuracyOf(accuracy) }),
    bytes: challenger.bytes,
    bytes_before: champion.bytes,
    ...(challenger.msPerRow !== undefined && { ms_per_row: challenger.msPerRow }),
    ...(champion.msPerRow !== undefined && { ms_per_row_before: champion.msPerRow }),
    classes: mostChanged(report, CLASSES).map((one) => ({
      class_id: one.classId,
      ...(one.label !== undefined && { label: one.label }),
      agreement: shareOf(one.agreement),
      ...(one.accuracy !== undefined && { accuracy: accuracyOf(one.accuracy) }),
    })),
  };
}

type Gate = Report['gate'];

const accuracyOf = ({ champion, challenger }: NonNullable<Gate['accuracy']>) => ({
  champion: shareOf(champion),
  challenger: shareOf(challenger),
});

const shareOf = ({ n, share: of, low, high }: Gate['agreement']) => ({
  n,
  share: toTenThousandth(of),
  low: toTenThousandth(low),
  high: toTenThousandth(high),
});

const toTenThousandth = (value: number): number => rounded(value, 10_000);
