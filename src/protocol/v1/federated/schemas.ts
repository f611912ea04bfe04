/** Schemas of federated rounds, and examples; a test compares them with what is answered. */
import Type from 'typebox';
import type { Example } from '../../description.ts';
import { amount, count, MODEL, text } from '../../schemas.ts';

const Settings = Type.Object(
  {
    min_clients: count('With fewer updates it is not aggregated.'),
    max_clients: count('Further ones are refused.'),
    method: Type.Enum(['mean', 'trimmed-mean'], {
      description:
        'mean: weighted by samples. trimmed-mean: of each number, without the lowest and highest updates.',
    }),
    trim: amount('Share of the updates that trimmed-mean leaves out at each end.'),
    clip: Type.Union([Type.Number(), Type.Enum(['median', 'none'])], {
      description: 'Largest norm of an update: longer ones are shortened to it. median: that of all norms.',
    }),
    max_samples: count('What the samples of one client count for at most.'),
  },
  { title: 'RoundSettings' },
);

const Result = Type.Object(
  {
    clipped_to: Type.Optional(amount('The norm that updates were brought to.')),
    clipped: count('Updates that were above it.'),
    trimmed: count('Updates that were left out at each end of each number.'),
    norm: amount('Norm of the change of the weights.'),
  },
  { title: 'RoundResult' },
);

export const Round = Type.Object(
  {
    model: Type.String(),
    round: count('Its number, from 1.'),
    version: text('The version of the model that clients begin from.'),
    state: Type.Enum(['open', 'aggregated', 'abandoned']),
    opened_at: text('ISO 8601.'),
    closed_at: Type.Optional(text('ISO 8601.')),
    clients: count('Updates so far.'),
    samples: count('What they count for together.'),
    settings: Settings,
    tensors: Type.Array(
      Type.Object(
        { name: Type.String(), shape: Type.Array(Type.Integer({ minimum: 0 })) },
        { title: 'RoundTensor' },
      ),
      { description: 'What an update has to have, as F32.' },
    ),
    result: Type.Optional(Result),
  },
  { title: 'FederatedRound' },
);

export const RoundList = Type.Object(
  {
    model: Type.String(),
    rounds: Type.Array(Round, { description: 'Oldest first; of those that are closed the last few.' }),
  },
  { title: 'FederatedRounds' },
);

export const Receipt = Type.Object(
  {
    accepted: Type.Literal(true),
    repeated: Type.Boolean({ description: 'The same update was taken before.' }),
    clients: count('Updates of the round so far.'),
    samples: count('What this one counts for.'),
  },
  { title: 'UpdateReceipt' },
);

const round = {
  model: MODEL.name,
  round: 3,
  version: '1',
  state: 'open',
  opened_at: '2026-12-01T08:00:00.000Z',
  clients: 12,
  samples: 2310,
  settings: {
    min_clients: 10,
    max_clients: 100,
    method: 'trimmed-mean',
    trim: 0.2,
    clip: 'median',
    max_samples: 1000,
  },
  tensors: [
    { name: 'head.bias', shape: [1000] },
    { name: 'head.weight', shape: [1000, 1280] },
  ],
};

export const OPEN_ROUND: Example = { summary: 'A round that takes updates', value: round };

export const CLOSED_ROUND: Example = {
  summary: 'The same when it is closed',
  value: {
    ...round,
    state: 'aggregated',
    closed_at: '2026-12-01T20:00:00.000Z',
    result: { clipped_to: 0.81, clipped: 6, trimmed: 2, norm: 0.42 },
  },
};

export const ROUNDS: Example = {
  summary: 'One round',
  value: { model: MODEL.name, rounds: [round] },
};

export const RECEIPT: Example = {
  summary: 'It was taken',
  value: { accepted: true, repeated: false, clients: 13, samples: 180 },
};
