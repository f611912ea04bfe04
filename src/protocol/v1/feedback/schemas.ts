/** Schemas of feedback and of what follows from it, with examples; tests compare them with what is taken and answered. */
import Type from 'typebox';
import { BINS } from '../../../quality/accuracy/calibration.ts';
import type { Example } from '../../description.ts';
import { count, MODEL, REQUEST_ID, text } from '../../schemas.ts';
import { MOST_LABEL_CHARACTERS } from './body.ts';

const ratio = (description: string) => Type.Number({ minimum: 0, maximum: 1, description });
const version = text('Its number.');
const classId = Type.Integer({ minimum: 0, description: 'Index of the class.' });
const label = Type.Optional(text('Left out when the model has no labels.'));

export const FeedbackBody = Type.Object(
  {
    request_id: Type.String({
      pattern: '^[\\w.-]{1,64}$',
      description: 'Of the answer: its member `request_id`, or its header `x-request-id`.',
    }),
    index: Type.Optional(
      Type.Integer({
        minimum: 0,
        description: 'Which image or row of the request; may be left out where it had one.',
      }),
    ),
    label: Type.Optional(
      Type.String({ maxLength: MOST_LABEL_CHARACTERS, description: 'Name of the class that it is.' }),
    ),
    class_id: Type.Optional(
      Type.Integer({ minimum: 0, description: 'Index of the class that it is, in place of `label`.' }),
    ),
    correct: Type.Optional(
      Type.Boolean({ description: 'Whether the most probable class was right, where no more is known.' }),
    ),
    score: Type.Optional(
      Type.Number({ minimum: 0, maximum: 1, description: 'How good the answer was, for any kind of model.' }),
    ),
  },
  {
    title: 'Feedback',
    additionalProperties: false,
    description: 'What is said of one prediction: exactly one of `label`, `class_id`, `correct` and `score`.',
  },
);

export const FeedbackAnswer = Type.Object(
  {
    request_id: Type.String(),
    index: count('Place of the image or row in its request.'),
    status: Type.Enum(['accepted', 'known'], { description: 'known: it was said before, and counts once.' }),
    model: Type.Object({ name: Type.String(), version: Type.String() }),
    correct: Type.Optional(Type.Boolean({ description: 'Whether the most probable class was right.' })),
  },
  { title: 'FeedbackAnswer' },
);

const Measured = Type.Object(
  {
    value: Type.Optional(ratio('Left out when nothing was said.')),
    low: ratio('Wilson’s interval: with 95 % certainty it is not below this,'),
    high: ratio('and not above this.'),
    n: count('Predictions of which it is known whether they were right.'),
  },
  { title: 'MeasuredAccuracy' },
);

const shared = {
  accuracy: Measured,
  calibration_error: Type.Optional(
    ratio('Expected calibration error: how far the probability is from how often it is right.'),
  ),
  score: Type.Optional(Type.Object({ mean: ratio('Mean of the scores.'), n: count('Scores.') })),
};

const NamedClass = Type.Object({ class_id: classId, label }, { title: 'NamedClass' });

const VersionAccuracy = Type.Object(
  {
    version,
    ...shared,
    calibration: Type.Array(
      Type.Object({
        from: ratio('Predictions whose probability is at least this'),
        to: ratio('and below this.'),
        n: count('Predictions.'),
        confidence: ratio('Their mean probability.'),
        accuracy: ratio('Share of those that were right.'),
      }),
      { maxItems: BINS, description: 'By the probability of the most probable class.' },
    ),
    confusions: Type.Array(
      Type.Object({ predicted: NamedClass, actual: NamedClass, count: count('At least so often.') }),
      { description: 'Which class was taken for which other one, most frequent first.' },
    ),
    routes: Type.Array(
      Type.Object({
        route: text('Why this version had answered: `split`, `pinned`, …, or `default`.'),
        ...shared,
      }),
    ),
    by_day: Type.Array(Type.Object({ day: text('Of the answers, in UTC.'), ...shared }), {
      description: 'Oldest first; days of which nothing was said are left out.',
    }),
  },
  { title: 'VersionAccuracy' },
);

export const AccuracyAnswer = Type.Object(
  {
    model: Type.String(),
    days: count('For how many days a prediction counts.'),
    complete: Type.Boolean({
      description: 'False in the first moments of a server: what earlier ones have written is being counted.',
    }),
    versions: Type.Array(VersionAccuracy),
  },
  { title: 'Accuracy', description: 'How often the versions of a model were right, by feedback.' },
);

export const BODIES = {
  feedbackLabel: { summary: 'The class that it is', value: { request_id: REQUEST_ID, label: 'tabby' } },
  feedbackCorrect: {
    summary: 'Whether the third image of a request was right',
    value: { request_id: REQUEST_ID, index: 2, correct: true },
  },
  feedbackScore: { summary: 'How good the answer was', value: { request_id: REQUEST_ID, score: 0.8 } },
} as const satisfies Record<string, Example>;

export const TAKEN: Example = {
  summary: 'A label that was taken',
  value: { request_id: REQUEST_ID, index: 0, status: 'accepted', model: MODEL, correct: false },
};

const measured = { value: 0.9, low: 0.825635, high: 0.944771, n: 100 };

export const ACCURACY: Example = {
  summary: 'A version of which a hundred labels came',
  value: {
    model: MODEL.name,
    days: 30,
    complete: true,
    versions: [
      {
        version: '1',
        accuracy: measured,
        calibration_error: 0.041,
        calibration: [
          { from: 0.333333, to: 0.4, n: 20, confidence: 0.3907, accuracy: 0.55 },
          { from: 0.933333, to: 1, n: 80, confidence: 0.9712, accuracy: 0.9875 },
        ],
        confusions: [
          {
            predicted: { class_id: 282, label: 'tiger cat' },
            actual: { class_id: 281, label: 'tabby' },
            count: 9,
          },
        ],
        routes: [{ route: 'default', accuracy: measured, calibration_error: 0.041 }],
        by_day: [{ day: '2026-12-01', accuracy: measured, calibration_error: 0.041 }],
      },
    ],
  },
};
