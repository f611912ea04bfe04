/** Which version of a model answers: to see, and for the operator to change. */
import { ServingError } from '../../../errors.ts';
import { readSmallBody, type BodyMemory } from '../../../http/body/small.ts';
import type { Exchange } from '../../../http/exchange.ts';
import type { TrafficControl } from '../../../traffic/control.ts';
import type { Step } from '../../../traffic/steps.ts';
import { ALWAYS, json, OF_CHANGES, type Parameter } from '../../description.ts';
import { parseJson } from '../../json-text.ts';
import type { DescribedRoute } from '../../route-set.ts';
import { OF_MODEL } from '../../path-parameters.ts';
import { SETTINGS, STATE, Traffic, TrafficSettings } from './schemas.ts';

/** What may be asked and changed. */
export interface TrafficRouteParts {
  readonly control: Pick<TrafficControl, 'show' | 'set' | 'step'>;
  readonly memory: BodyMemory;
}

type TrafficRoute = DescribedRoute<{ readonly traffic: TrafficRouteParts }>;

/** Sixteen versions with long labels are 2 KB. */
const MAX_BYTES = 16 * 1024;

/** By name, so that one too many or too few does not compile. */
const STEPS: Readonly<Record<Step, string>> = {
  promote: 'all requests go to the canary',
  hold: 'the guard changes nothing until the traffic is set again',
  rollback: 'all requests go to the baseline',
};

const ONLY_OPERATORS =
  'Answered with 404 unless the server was started with `--traffic-routes loopback` and the connection comes from its own machine. A change holds until the next start, or until `model.json` is read with other settings.';

const ANSWER = { 200: { description: 'The traffic.', contents: json(Traffic, { traffic: STATE }) } };

export const showTrafficRoute: TrafficRoute = {
  method: 'GET',
  pattern: '/v1/models/:model/traffic',
  // The page at / asks every few seconds.
  quiet: true,
  access: 'read',
  summary: 'Show which version of a model answers, and how its versions compare',
  tag: 'Traffic',
  description:
    'The split with the state of each version, errors and latency by version, how shadows compare with what was answered, and the last verdict of the guard.',
  parameters: OF_MODEL,
  answers: ANSWER,
  errors: [...ALWAYS, 'MODEL_NOT_FOUND'],
  samples: [{ label: 'Now', path: '/v1/models/efficientnet-lite0/traffic' }],
  handle: (exchange, { traffic }) => answer(exchange, traffic.control.show(nameOf(exchange))),
};

export const setTrafficRoute: TrafficRoute = {
  method: 'PUT',
  pattern: '/v1/models/:model/traffic',
  quiet: false,
  access: 'traffic',
  summary: 'Set which version of a model answers, which see copies, and the guard',
  tag: 'Traffic',
  description: `Takes the place of what was set before, \`{}\` of all of it. ${ONLY_OPERATORS}`,
  parameters: OF_MODEL,
  body: {
    description: 'The same as `traffic` in `model.json`.',
    contents: json(TrafficSettings, { settings: SETTINGS }),
  },
  answers: ANSWER,
  errors: [
    ...OF_CHANGES,
    ...([
      'BAD_JSON',
      'BAD_FIELD',
      'EMPTY_BODY',
      'BODY_TOO_LARGE',
      'UNSUPPORTED_MEDIA_TYPE',
      'OVERLOADED',
    ] as const),
    ...(['ROUTE_NOT_FOUND', 'MODEL_NOT_FOUND', 'DEADLINE_EXCEEDED'] as const),
  ],
  samples: [
    {
      label: 'A canary of a tenth',
      path: '/v1/models/efficientnet-lite0/traffic',
      body: { json: SETTINGS.value },
    },
  ],
  handle: async (exchange, { traffic: { control, memory } }) => {
    const body = await readSmallBody(exchange, MAX_BYTES, memory);
    answer(exchange, control.set(nameOf(exchange), parseJson(body)));
  },
};

const TrafficStep: Parameter = {
  name: 'step',
  in: 'path',
  required: true,
  description: Object.entries(STEPS)
    .map(([step, means]) => `\`${step}\`: ${means}.`)
    .join(' '),
  schema: { type: 'string', enum: Object.keys(STEPS) },
};

const Promoted: Parameter = {
  name: 'version',
  in: 'query',
  required: false,
  description:
    'The version to promote, by number or label; needed only where the split has several canaries.',
  schema: { type: 'string' },
};

export const stepTrafficRoute: TrafficRoute = {
  method: 'POST',
  pattern: '/v1/models/:model/traffic/:step',
  quiet: false,
  access: 'traffic',
  summary: 'Promote the canary of a model, hold it, or roll it back',
  tag: 'Traffic',
  description: `One step of a rollout, without a body. ${ONLY_OPERATORS}`,
  parameters: { ...OF_MODEL, TrafficStep, Promoted },
  answers: ANSWER,
  errors: [...OF_CHANGES, 'BAD_QUERY', 'ROUTE_NOT_FOUND', 'MODEL_NOT_FOUND', 'NO_SPLIT'],
  samples: [{ label: 'Back to the baseline', path: '/v1/models/efficientnet-lite0/traffic/rollback' }],
  handle: (exchange, { traffic: { control } }) => {
    const step = exchange.head.parameters[1]!;
    if (!Object.hasOwn(STEPS, step)) {
      const message = `The steps are ${Object.keys(STEPS).join(', ')}.`;
      throw new ServingError('ROUTE_NOT_FOUND', message);
    }
    answer(exchange, control.step(nameOf(exchange), step as Step, versionIn(exchange)));
  },
};

function versionIn({ head }: Exchange): string | undefined {
  const given = new URLSearchParams(head.query);
  const version = given.get('version') ?? undefined;
  if (given.size === (version === undefined ? 0 : 1)) return version;
  throw new ServingError('BAD_QUERY', 'The only query parameter here is version, once.');
}

const nameOf = (exchange: Exchange): string => exchange.head.parameters[0]!;

function answer(exchange: Exchange, body: object): void {
  exchange.answer({
    contentType: 'application/json',
    headers: [['cache-control', 'no-store']],
    body: JSON.stringify(body),
  });
}
