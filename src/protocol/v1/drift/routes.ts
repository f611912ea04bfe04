/** How far the inputs and answers of a model have drifted: to see, and for the operator to say what is normal. */
import { Errors } from 'typebox/schema';
import { ServingError } from '../../../errors.ts';
import { readSmallBody, type BodyMemory } from '../../../http/body/small.ts';
import type { Exchange } from '../../../http/exchange.ts';
import type { Drift as DriftRoom } from '../../../quality/drift/drift.ts';
import type { Wish } from '../../../quality/drift/version-drift.ts';
import { FALSE_ALARM_EVERY, WINDOW } from '../../../repository/drift/schema.ts';
import { ALWAYS, json, OF_CHANGES } from '../../description.ts';
import { parseJson } from '../../json-text.ts';
import { OF_MODEL } from '../../path-parameters.ts';
import type { DescribedRoute } from '../../route-set.ts';
import { Baseline, Drift, STATE, WISH } from './schemas.ts';
import { viewOf } from './view.ts';

/** What may be asked, and what may be made. */
export interface DriftRouteParts {
  readonly room: Pick<DriftRoom, 'show' | 'gather'>;
  readonly memory: BodyMemory;
}

type DriftRoute = DescribedRoute<{ readonly drift: DriftRouteParts }>;

const MAX_BYTES = 4 * 1024;

const DEFAULT_ROWS = 2000;

export const showDriftRoute: DriftRoute = {
  method: 'GET',
  pattern: '/v1/models/:model/drift',
  // The page at /quality asks every few seconds.
  quiet: true,
  access: 'read',
  summary: 'Show how far the inputs and answers of a model are from their reference',
  tag: 'Quality',
  description:
    'Of each version with a `drift.json`: the statistic of each feature in the last whole window, its threshold, and both distributions.',
  parameters: OF_MODEL,
  answers: { 200: { description: 'The drift.', contents: json(Drift, { drift: STATE }) } },
  errors: [...ALWAYS, 'MODEL_NOT_FOUND'],
  samples: [{ label: 'Now', path: '/v1/models/efficientnet-lite0/drift' }],
  handle: async (exchange, { drift: { room } }) => {
    const model = nameOf(exchange);
    const versions = await room.show(model);
    if (!exchange.ended) answer(exchange, { model, versions: versions.map(viewOf) });
  },
};

export const baselineRoute: DriftRoute = {
  method: 'POST',
  pattern: '/v1/models/:model/drift/baseline',
  quiet: false,
  access: 'drift',
  summary: 'Make the reference of drift from the traffic of a version',
  tag: 'Quality',
  description:
    'Gathers rows of what is answered from now on, writes them as `drift.json` beside the version, and compares from then on. A second call begins again. Answered with 404 unless the server was started with `--drift-routes loopback` and the connection comes from its own machine, or, with authentication, without the scope `admin`.',
  parameters: OF_MODEL,
  body: {
    description: 'Everything has a default: `{}` will do.',
    contents: json(Baseline, { baseline: WISH }),
  },
  answers: { 200: { description: 'The drift of the version.', contents: json(Drift, {}) } },
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
    ...(['ROUTE_NOT_FOUND', 'MODEL_NOT_FOUND', 'MODEL_LOADING', 'DEADLINE_EXCEEDED'] as const),
  ],
  samples: [
    {
      label: 'From now on',
      path: '/v1/models/efficientnet-lite0/drift/baseline',
      body: { json: WISH.value },
    },
  ],
  handle: async (exchange, { drift: { room, memory } }) => {
    const body = parseJson(await readSmallBody(exchange, MAX_BYTES, memory));
    const model = nameOf(exchange);
    const { version, wish } = wishOf(body);
    answer(exchange, { model, versions: [viewOf(room.gather(model, version, wish))] });
  },
};

/** @throws ServingError BAD_FIELD */
function wishOf(body: unknown): { readonly version: string | undefined; readonly wish: Wish } {
  const [valid, faults] = Errors(Baseline, body);
  if (!valid) {
    const [first] = faults.filter(({ keyword }) => keyword !== 'boolean');
    const { additionalProperties: unknown } = (first?.params ?? {}) as {
      additionalProperties?: readonly string[];
    };
    const said = unknown === undefined ? first?.message : `has no field ${unknown[0]!.slice(0, 50)}`;
    const pointer = first?.instancePath ?? '';
    throw new ServingError('BAD_FIELD', `The body at ${pointer === '' ? 'its top' : pointer} ${said}.`, {
      pointer,
    });
  }
  const {
    version,
    rows = DEFAULT_ROWS,
    one_in: oneIn = 1,
    window = WINDOW.normal,
    false_alarm_every: falseAlarmEvery = FALSE_ALARM_EVERY.normal,
  } = body as {
    version?: string;
    rows?: number;
    one_in?: number;
    window?: number;
    false_alarm_every?: number;
  };
  return { version, wish: { rows, oneIn, window, falseAlarmEvery } };
}

const nameOf = (exchange: Exchange): string => exchange.head.parameters[0]!;

function answer(exchange: Exchange, body: object): void {
  exchange.answer({
    contentType: 'application/json',
    headers: [['cache-control', 'no-store']],
    body: JSON.stringify(body),
  });
}
