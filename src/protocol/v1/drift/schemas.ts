/** Schemas of the drift of a model, and examples; a test compares them with what is answered. */
import Type from 'typebox';
import { FALSE_ALARM_EVERY, MAX_ROWS, MIN_ROWS, WINDOW } from '../../../repository/drift/schema.ts';
import type { Example } from '../../description.ts';
import { amount, count, MODEL, text } from '../../schemas.ts';

const share = (description: string) => Type.Number({ minimum: 0, maximum: 1, description });
const shares = (description: string) => Type.Array(share('Of the rows.'), { description });

const Statistic = Type.Object(
  {
    name: text('As in the label `feature` of the metrics.'),
    statistic: Type.Enum(['ks', 'chi_square', 'l_infinity'], {
      description:
        'ks: Kolmogorov-Smirnov over fixed bins; l_infinity: the largest change of the share of a class.',
    }),
    value: amount('Of the last whole window.'),
    threshold: amount('What it is compared with.'),
    alarm: Type.Boolean({ description: 'Whether it is beyond.' }),
  },
  { title: 'DriftStatistic' },
);

const Psi = Type.Object(
  { value: amount('Of the last whole window.'), null_p99: amount('Its 99th percentile without drift.') },
  { title: 'DriftPsi', description: 'Population stability index, for people: nothing alarms on it.' },
);

const ofFeature = {
  feature: text('Its name.'),
  statistics: Type.Array(Statistic, { description: 'Empty before the first whole window.' }),
  psi: Type.Optional(Psi),
};

const NumberFeature = Type.Object(
  {
    ...ofFeature,
    kind: Type.Literal('number'),
    unit: Type.Optional(text('Of the number, where it has one.')),
    edges: Type.Array(Type.Number(), {
      description:
        'Upper edges of all bins but the last; after the last bin comes one for what is no number.',
    }),
    reference: shares('Of the reference, by bin.'),
    now: Type.Optional(shares('Of the rows that `now_is` says, by bin.')),
  },
  { title: 'DriftOfNumber' },
);

const ClassFeature = Type.Object(
  {
    ...ofFeature,
    kind: Type.Literal('class'),
    classes: Type.Array(text('Its label where the model has some, else its index; the last is `other`.'), {
      description: 'The most frequent classes of the reference.',
    }),
    reference: shares('Of the reference, by class.'),
    now: Type.Optional(shares('Of the rows that `now_is` says, by class.')),
  },
  { title: 'DriftOfClass' },
);

const VersionDrift = Type.Object(
  {
    version: text('Its number.'),
    state: Type.Enum(['off', 'preparing', 'watching', 'refused'], {
      description:
        'off: there is no drift.json. preparing: it is read. refused: it is not used, and the version is served without being watched.',
    }),
    reason: Type.Optional(text('Why it is refused.')),
    gathering: Type.Optional(
      Type.Object(
        { rows: count('Rows so far.'), of: count('Rows that were asked for.') },
        { title: 'DriftGathering', description: 'A reference that is made of traffic.' },
      ),
    ),
    reference: Type.Optional(
      Type.Object(
        {
          rows: count('Rows that it was made of.'),
          made: text('When, in ISO 8601.'),
          from: Type.Enum(['images', 'rows', 'traffic']),
          digest: text('sha256 of the files of the version.'),
        },
        { title: 'DriftReference' },
      ),
    ),
    window: Type.Optional(
      Type.Object(
        {
          rows: count('Rows of a whole window.'),
          seen: count('Rows of the window that fills.'),
          whole: count('Whole windows so far.'),
          alarms: count('Windows beyond a threshold.'),
          false_alarm_every: count('Windows without drift from one false alarm to the next, on average.'),
        },
        { title: 'DriftWindow' },
      ),
    ),
    now_is: Type.Optional(
      Type.Enum(['last_window', 'this_window'], {
        description: 'this_window: there is no whole one yet, and `now` is of the rows so far.',
      }),
    ),
    alarm: Type.Optional(
      Type.Boolean({ description: 'Whether the last whole window is beyond a threshold.' }),
    ),
    features: Type.Array(Type.Union([NumberFeature, ClassFeature])),
  },
  { title: 'VersionDrift' },
);

export const Drift = Type.Object(
  {
    model: Type.String(),
    versions: Type.Array(VersionDrift, { description: 'Those that have been loaded.' }),
  },
  {
    title: 'Drift',
    description: 'How far inputs and answers are from what they were when they were as they should be.',
  },
);

export const Baseline = Type.Object(
  {
    version: Type.Optional(text('A number; without it the default version.')),
    rows: Type.Optional(
      Type.Integer({
        minimum: MIN_ROWS,
        maximum: MAX_ROWS,
        default: 2000,
        description: 'Rows of the reference.',
      }),
    ),
    one_in: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1_000_000,
        default: 1,
        description: 'One row of so many is taken, so that they are of a longer time.',
      }),
    ),
    window: Type.Optional(
      Type.Integer({
        minimum: WINDOW.least,
        maximum: WINDOW.most,
        default: WINDOW.normal,
        description: 'Rows that are compared at a time.',
      }),
    ),
    false_alarm_every: Type.Optional(
      Type.Integer({
        minimum: FALSE_ALARM_EVERY.least,
        maximum: FALSE_ALARM_EVERY.most,
        default: FALSE_ALARM_EVERY.normal,
        description: 'Windows without drift from one false alarm to the next, on average.',
      }),
    ),
  },
  { title: 'DriftBaseline', additionalProperties: false },
);

export const WISH: Example = {
  summary: 'A thousand rows, one in sixty of those that come',
  value: { rows: 1000, one_in: 60, false_alarm_every: 1000 },
};

export const STATE: Example = {
  summary: 'Darker photographs than those of the reference',
  value: {
    model: MODEL.name,
    versions: [
      {
        version: MODEL.version,
        state: 'watching',
        reference: {
          rows: 2000,
          made: '2026-12-01T09:30:00.000Z',
          from: 'images',
          digest: 'sha256:0f9c1a0be2b1cd4f87c2f3e3ef7a2f4f4a8c9d1c6d6f0f0a6a3a0f4a4a9b2c1d',
        },
        window: { rows: 500, seen: 120, whole: 14, alarms: 1, false_alarm_every: 1000 },
        now_is: 'last_window',
        alarm: true,
        features: [
          {
            feature: 'luminance',
            kind: 'number',
            unit: 'levels',
            statistics: [
              { name: 'luminance', statistic: 'ks', value: 0.412, threshold: 0.1384, alarm: true },
            ],
            psi: { value: 1.31, null_p99: 0.14 },
            edges: [96.1, 121.7, 140.2],
            reference: [0.25, 0.25, 0.25, 0.25, 0],
            now: [0.66, 0.2, 0.1, 0.04, 0],
          },
          {
            feature: 'class',
            kind: 'class',
            statistics: [
              { name: 'class', statistic: 'chi_square', value: 3.1, threshold: 21.8, alarm: false },
              { name: 'class_share', statistic: 'l_infinity', value: 0.021, threshold: 0.13, alarm: false },
            ],
            psi: { value: 0.01, null_p99: 0.05 },
            classes: ['tabby', 'espresso', 'other'],
            reference: [0.4, 0.35, 0.25],
            now: [0.41, 0.33, 0.26],
          },
        ],
      },
    ],
  },
};
