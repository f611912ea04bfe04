/** The key `canary` of pipeline.json: how a candidate that has passed the gate comes to serve, or not. */
import Type from 'typebox';
import { DURATION } from '../../config/duration.ts';
import { closed } from '../../repository/model-json/preprocess.ts';
import { GuardSchema } from '../../repository/model-json/traffic.ts';

const Feedback = Type.Object(
  {
    maxLoss: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        exclusiveMaximum: 1,
        default: 0.05,
        description:
          'It is promoted when it is proved to be at most so much less accurate than the champion.',
      }),
    ),
    minLabels: Type.Optional(
      Type.Integer({
        minimum: 1,
        default: 30,
        description: 'With fewer labels of either version nothing is decided.',
      }),
    ),
  },
  {
    ...closed,
    default: 'labels are not waited for',
    description:
      'Live accuracy by feedback, of the canary and of the champion since the canary began. Worse with 99 % certainty is rolled back.',
  },
);

export const CanarySchema = Type.Object(
  {
    weights: Type.Optional(
      Type.Array(Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 100 }), {
        minItems: 1,
        maxItems: 16,
        takes: 'a list of percentages that grow: `[5, 25, 50]`',
        default: [10],
        description:
          'Shares of the requests that it gets, one after the other. The next one comes when the guard has passed; after the last it is promoted.',
      }),
    ),
    sticky: Type.Optional(
      Type.String({
        pattern: '^header:[A-Za-z0-9][A-Za-z0-9_-]{0,63}$',
        takes: '`header:x-user-id`, with any header',
        default: 'every request is assigned at random',
        description: 'Requests with the same value of this header get the same version.',
      }),
    ),
    shadow: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 1,
        default: 'nothing is copied',
        description: 'Share of the requests to the champion that the canary gets a copy of.',
      }),
    ),
    guard: Type.Optional(GuardSchema),
    feedback: Type.Optional(Feedback),
    deadline: Type.Optional(
      Type.String({
        pattern: DURATION,
        takes: 'a time: `90s`, `15m`, `24h`, `30d`',
        default: '24h',
        description: 'When nothing is proved by then, `atDeadline` decides.',
      }),
    ),
    atDeadline: Type.Optional(
      Type.Enum(['rollback', 'promote'], {
        default: 'rollback',
        description: 'What happens to a canary of which neither is proved.',
      }),
    ),
    labels: Type.Optional(
      Type.Array(Type.String({ pattern: '^[A-Za-z][\\w.-]{0,63}$' }), {
        takes: 'a list of names: `["stable"]`',
        default: 'none',
        description: 'Labels of model.json that move to it when it is promoted.',
      }),
    ),
  },
  { ...closed, description: 'How a candidate comes to serve.' },
);
