/** The server: what it is, whether it is alive, whether it is ready. */
import Type from 'typebox';
import type { Model } from '../../serving/catalogue.ts';
import { VERSION } from '../../version.ts';
import { ALWAYS, json, type Example } from '../description.ts';
import { serviceStatus } from '../health.ts';
import type { DescribedRoute } from '../route-set.ts';
import { text } from '../schemas.ts';
import { answer, type OipParts } from './facts.ts';

type ServerRoute = DescribedRoute<OipParts>;

/** Extensions of the protocol that are there, by the names that Triton gives them. */
const EXTENSIONS = [
  'binary_tensor_data',
  'classification',
  'model_configuration',
  'model_repository',
  'schedule_policy',
  'statistics',
];

export const ServerMetadata = Type.Object(
  {
    name: Type.String(),
    version: text('Of the server.'),
    extensions: Type.Array(Type.String(), {
      description: 'Extensions of the protocol, by their usual names.',
    }),
  },
  { title: 'OipServer' },
);

const METADATA: Example = {
  summary: 'The server',
  value: { name: 'ortolan', version: VERSION, extensions: EXTENSIONS },
};

export const serverRoute: ServerRoute = {
  method: 'GET',
  pattern: '/v2',
  quiet: true,
  access: 'anyone',
  summary: 'What this server is, and which extensions of the protocol it has',
  tag: 'Open Inference Protocol',
  description:
    'The Open Inference Protocol (v2), as Triton, KServe, MLServer and OpenVINO Model Server speak it over HTTP: their clients work unchanged.',
  answers: { 200: { description: 'The server.', contents: json(ServerMetadata, { oipServer: METADATA }) } },
  errors: ALWAYS,
  samples: [{ label: 'The server', path: '/v2' }],
  handle: (exchange) => answer(exchange, METADATA.value as object),
};

/** The OpenAPI document of the protocol writes it so. */
export const serverSlashRoute: ServerRoute = {
  ...serverRoute,
  pattern: '/v2/',
  summary: 'The same, with a slash behind it',
  samples: [{ label: 'The server', path: '/v2/' }],
};

export const Live = Type.Object({ live: Type.Boolean() }, { title: 'OipLive' });
export const Ready = Type.Object({ ready: Type.Boolean() }, { title: 'OipReady' });

const PROBE = {
  method: 'GET',
  quiet: true,
  access: 'anyone',
  tag: 'Open Inference Protocol',
  errors: ALWAYS,
} as const;

export const serverLiveRoute: ServerRoute = {
  ...PROBE,
  pattern: '/v2/health/live',
  summary: 'Liveness, as `/health/live`',
  description: 'For clients of the protocol; neither overload nor draining makes it fail.',
  answers: {
    200: { description: 'No restart is needed.', contents: json(Live) },
    503: { description: 'Only a restart would help.', contents: json(Live) },
  },
  samples: [{ label: 'With the status', path: '/v2/health/live', showsStatus: true }],
  handle: (exchange, { health }) => {
    const live = !health().wedged;
    answer(exchange, { live }, live ? 200 : 503);
  },
};

export const serverReadyRoute: ServerRoute = {
  ...PROBE,
  pattern: '/v2/health/ready',
  summary: 'Readiness, as `/health/ready`',
  description:
    'Whether requests are to be sent here: the default model can be used, and no model is still being loaded for the first time, but for those that are loaded on demand. One that cannot be loaded does not make the server unready: ask for the readiness of each.',
  answers: {
    200: { description: 'Send requests here.', contents: json(Ready) },
    503: { description: 'Send requests elsewhere.', contents: json(Ready) },
  },
  samples: [{ label: 'With the status', path: '/v2/health/ready', showsStatus: true }],
  handle: (exchange, { health, oip }) => {
    const ready = serviceStatus(health()) === 'ok' && !oip.catalogue.models.some(isPending);
    answer(exchange, { ready }, ready ? 200 : 503);
  },
};

/** Whether a model has no version that can be used yet, and will have one. */
const isPending = ({ versions }: Model): boolean =>
  !versions.some(({ state }) => state === 'ready') &&
  versions.some(
    ({ state, source }) => state !== 'unavailable' && source?.entry.config.residency !== 'on-demand',
  );
