/** The routes of federated rounds. */
import type { ErrorCode } from '../../../errors.ts';
import { ALWAYS, json, OF_CHANGES, type Parameter } from '../../description.ts';
import { OF_MODEL } from '../../path-parameters.ts';
import type { DescribedRoute } from '../../route-set.ts';
import { Bytes } from '../../schemas.ts';
import {
  closeRound,
  giveAggregate,
  giveWeights,
  listRounds,
  openRound,
  showRound,
  takeUpdate,
  type FederatedParts,
} from './federated.ts';
import { CLOSED_ROUND, OPEN_ROUND, RECEIPT, Receipt, Round, RoundList, ROUNDS } from './schemas.ts';

type FederatedRoute = DescribedRoute<{ readonly federated: FederatedParts }>;

const TAG = 'Federated rounds';
const MODEL = '/v1/federated/:model';
const ROUND = `${MODEL}/rounds/:round`;
const EXAMPLE = '/v1/federated/efficientnet-lite0';

const OF_ROUND = {
  ...OF_MODEL,
  Round: {
    name: 'round',
    in: 'path',
    required: true,
    description: 'The number of a round.',
    schema: { type: 'integer', minimum: 1 },
  },
} as const satisfies Record<string, Parameter>;

const query = (
  name: string,
  description: string,
  schema: Parameter['schema'],
  required = false,
): Parameter => ({
  name,
  in: 'query',
  required,
  description,
  schema,
});

const whole = { type: 'integer', minimum: 1 };

const OF_OPENING: Readonly<Record<string, Parameter>> = {
  RoundVersion: query('version', 'The version that clients begin from, by its number.', whole, true),
  MinClients: query('min_clients', 'With fewer updates the round cannot be aggregated; 2 by default.', whole),
  MaxClients: query('max_clients', 'Further updates are refused; 100 by default.', whole),
  Method: query('method', '`mean`, the default, or `trimmed-mean`.', {
    type: 'string',
    enum: ['mean', 'trimmed-mean'],
  }),
  Trim: query('trim', 'Share that trimmed-mean leaves out at each end; 0.2 by default.', { type: 'number' }),
  Clip: query('clip', 'Largest norm of an update: a number, `median`, the default, or `none`.', {
    type: 'string',
  }),
  MaxSamples: query('max_samples', 'What the samples of a client count for at most; 1000 by default.', whole),
};

const FOUND = ['ROUTE_NOT_FOUND', 'MODEL_NOT_FOUND', 'ROUNDS_UNAVAILABLE'] as const;
const BODY = [
  ...(['BAD_QUERY', 'UPDATE_REFUSED', 'EMPTY_BODY', 'BODY_TOO_LARGE'] as const),
  ...(['UNSUPPORTED_MEDIA_TYPE', 'OVERLOADED', 'DEADLINE_EXCEEDED'] as const),
] as const satisfies readonly ErrorCode[];

const OFF = 'Answered with 404 unless the server was started with `--federated-dir`.';
const BY_OPERATORS = `${OFF} Needs the scope \`models:write\`, or, without authentication, a connection from the machine of the server.`;

const File = { 'application/octet-stream': { schema: Bytes } };
const list = { 200: { description: 'The rounds.', contents: json(RoundList, { federatedRounds: ROUNDS }) } };
const one = { 200: { description: 'The round.', contents: json(Round, { federatedRound: OPEN_ROUND }) } };

const READ = { method: 'GET', quiet: false, access: 'update', tag: TAG } as const;

const listRoute: FederatedRoute = {
  ...READ,
  pattern: MODEL,
  summary: 'List the federated rounds of a model',
  description: `${OFF} Needs the scope \`federated\` where authentication is on.`,
  parameters: OF_MODEL,
  answers: list,
  errors: [...ALWAYS, ...FOUND],
  samples: [{ label: 'All', path: EXAMPLE }],
  handle: (exchange, { federated }) => listRounds(exchange, federated),
};

const showRoute: FederatedRoute = {
  ...READ,
  pattern: ROUND,
  summary: 'Show a federated round: what an update has to have, and how many there are',
  description: OFF,
  parameters: OF_ROUND,
  answers: one,
  errors: [...ALWAYS, ...FOUND, 'ROUND_NOT_FOUND'],
  samples: [{ label: 'One', path: `${EXAMPLE}/rounds/1` }],
  handle: (exchange, { federated }) => showRound(exchange, federated),
};

const weightsRoute: FederatedRoute = {
  ...READ,
  pattern: `${ROUND}/weights`,
  summary: 'Get the weights that clients of a federated round begin from',
  description: `A safetensors file. ${OFF}`,
  parameters: OF_ROUND,
  answers: { 200: { description: 'The weights.', contents: File } },
  errors: [...ALWAYS, ...FOUND, 'ROUND_NOT_FOUND'],
  samples: [{ label: 'To a file', path: `${EXAMPLE}/rounds/1/weights`, saveAs: 'weights.safetensors' }],
  handle: (exchange, { federated }) => giveWeights(exchange, federated),
};

const updateRoute: FederatedRoute = {
  method: 'POST',
  quiet: false,
  access: 'update',
  tag: TAG,
  pattern: `${ROUND}/updates`,
  summary: 'Send an update of a federated round: what training has changed in the weights',
  description: `A safetensors file with the tensors of the round: the weights after training less those before. Each caller counts once in a round; the same update may be sent again. It is on disk when it is answered, is given to nobody, and is removed when the round is closed. ${OFF} Needs authentication, and the scope \`federated\`.`,
  parameters: {
    ...OF_ROUND,
    Samples: query('samples', 'How many samples it was made from: its weight in the mean.', whole, true),
  },
  body: { description: 'Safetensors, F32.', contents: File },
  answers: { 202: { description: 'It counts.', contents: json(Receipt, { receipt: RECEIPT }) } },
  errors: [
    ...ALWAYS,
    ...FOUND,
    ...BODY,
    ...(['FORBIDDEN', 'ROUND_NOT_FOUND', 'ROUND_CLOSED', 'ROUND_FULL', 'UPDATE_EXISTS'] as const),
  ],
  samples: [
    {
      label: 'From a file',
      path: `${EXAMPLE}/rounds/1/updates?samples=180`,
      body: { file: 'update.safetensors', contentType: 'application/octet-stream' },
    },
  ],
  handle: (exchange, { federated }) => takeUpdate(exchange, federated),
};

const CHANGE = { method: 'POST', quiet: false, access: 'rounds', tag: TAG } as const;

const openRoute: FederatedRoute = {
  ...CHANGE,
  pattern: `${MODEL}/rounds`,
  summary: 'Open a federated round with the weights that clients begin from',
  description: `\`ortolan federated open\` takes them out of the model. ${BY_OPERATORS}`,
  parameters: { ...OF_MODEL, ...OF_OPENING },
  body: { description: 'Safetensors, F32: the weights that are trained.', contents: File },
  answers: { 201: { description: 'It is open.', contents: json(Round) } },
  errors: [...OF_CHANGES, ...FOUND, ...BODY, 'FORBIDDEN', 'ROUND_OPEN'],
  samples: [
    {
      label: 'Ten clients or more',
      path: `${EXAMPLE}/rounds?version=1&min_clients=10&method=trimmed-mean`,
      body: { file: 'weights.safetensors', contentType: 'application/octet-stream' },
    },
  ],
  handle: (exchange, { federated }) => openRound(exchange, federated),
};

const closeRoute: FederatedRoute = {
  ...CHANGE,
  pattern: `${ROUND}/close`,
  summary: 'Close a federated round: the mean of the updates becomes new weights',
  description: `Without a body. A round that is closed is answered as it is. Nothing that is served changes: \`ortolan federated close\` makes a version of the result, and registers it if it passes the gate. ${BY_OPERATORS}`,
  parameters: {
    ...OF_ROUND,
    Abandon: query('abandon', '`true`: the updates are thrown away.', { type: 'boolean' }),
  },
  answers: {
    200: { description: 'It is closed.', contents: json(Round, { closedRound: CLOSED_ROUND }) },
  },
  errors: [...OF_CHANGES, ...FOUND, 'BAD_QUERY', 'FORBIDDEN', 'ROUND_NOT_FOUND', 'TOO_FEW_UPDATES'],
  samples: [{ label: 'Close', path: `${EXAMPLE}/rounds/1/close` }],
  handle: (exchange, { federated }) => closeRound(exchange, federated),
};

const aggregateRoute: FederatedRoute = {
  ...READ,
  access: 'rounds',
  pattern: `${ROUND}/aggregate`,
  summary: 'Get the new weights of a federated round that is closed',
  description: `A safetensors file. ${BY_OPERATORS}`,
  parameters: OF_ROUND,
  answers: { 200: { description: 'The weights.', contents: File } },
  errors: [...OF_CHANGES, ...FOUND, 'FORBIDDEN', 'ROUND_NOT_FOUND', 'ROUND_OPEN'],
  samples: [{ label: 'To a file', path: `${EXAMPLE}/rounds/1/aggregate`, saveAs: 'aggregate.safetensors' }],
  handle: (exchange, { federated }) => giveAggregate(exchange, federated),
};

export const FEDERATED_ROUTES = {
  listRounds: listRoute,
  showRound: showRoute,
  roundWeights: weightsRoute,
  sendUpdate: updateRoute,
  openRound: openRoute,
  closeRound: closeRoute,
  roundAggregate: aggregateRoute,
};
