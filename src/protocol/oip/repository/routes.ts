/** The routes of the repository extension, each also with the name of a repository in its path. */
import { ALWAYS, json, OF_CHANGES, type Parameter } from '../../description.ts';
import { OF_MODEL } from '../../path-parameters.ts';
import type { DescribedRoute } from '../../route-set.ts';
import { loadModel, showIndex, unloadModel, type RepositoryControl } from './repository.ts';
import {
  INDEX,
  INDEX_FILTER,
  IndexFilter,
  LOAD_CALL,
  LoadAnswer,
  LoadCall,
  LOADED,
  RepositoryIndex,
  UNLOAD_CALL,
  UnloadAnswer,
  UnloadCall,
  UNLOADED,
} from './schemas.ts';

type RepositoryRoute = DescribedRoute<{ readonly repository: RepositoryControl }>;

export const REPOSITORY_TAG = 'Model repository';

const OF_REPOSITORY: Readonly<Record<string, Parameter>> = {
  Repository: {
    name: 'repository',
    in: 'path',
    required: true,
    description: 'Any name: there is one repository.',
    schema: { type: 'string' },
  },
};

const BODY = [
  ...(['BAD_JSON', 'BAD_FIELD', 'BODY_TOO_LARGE'] as const),
  ...(['UNSUPPORTED_MEDIA_TYPE', 'DEADLINE_EXCEEDED'] as const),
];

const index: RepositoryRoute = {
  method: 'POST',
  pattern: '/v2/repository/index',
  quiet: true,
  access: 'read',
  summary: 'List the versions in the repository with their states',
  tag: REPOSITORY_TAG,
  description:
    'Every version that is served, is being loaded or was refused, with the reason, and every model that is not loaded. With `--model-control explicit` the models folder is looked at anew.',
  body: {
    description: 'May be left out.',
    contents: json(IndexFilter, { indexFilter: INDEX_FILTER }),
  },
  answers: { 200: { description: 'The versions.', contents: json(RepositoryIndex, { index: INDEX }) } },
  errors: [...ALWAYS, ...BODY],
  samples: [{ label: 'All', path: '/v2/repository/index', body: { json: {} } }],
  handle: (exchange, { repository }) => showIndex(exchange, repository),
};

const load: RepositoryRoute = {
  method: 'POST',
  pattern: '/v2/repository/models/:model/load',
  quiet: false,
  access: 'models',
  summary: 'Load a model, or load it again, from this machine and where the server is set to allow it',
  tag: REPOSITORY_TAG,
  description:
    'Loads the model as it lies in the models folder, beside the versions that serve; they are replaced when the new ones have passed every check. Answered when the model serves. Needs `--model-control explicit` and a connection from the machine of the server, or, where authentication is on, the scope `models:write`.',
  parameters: OF_MODEL,
  body: {
    description: 'May be left out. `config` and `file:…` of other servers are refused.',
    contents: json(LoadCall, { loadCall: LOAD_CALL }),
  },
  answers: { 200: { description: 'It serves.', contents: json(LoadAnswer, { loaded: LOADED }) } },
  errors: [...OF_CHANGES, ...BODY, 'FORBIDDEN', 'MODEL_NOT_FOUND', 'MODEL_REFUSED', 'DRAINING'],
  samples: [{ label: 'Load', path: '/v2/repository/models/iris/load', body: { json: {} } }],
  handle: (exchange, { repository }) => loadModel(exchange, repository),
};

const unload: RepositoryRoute = {
  method: 'POST',
  pattern: '/v2/repository/models/:model/unload',
  quiet: false,
  access: 'models',
  summary: 'Unload a model, from this machine and where the server is set to allow it',
  tag: REPOSITORY_TAG,
  description:
    'Requests no longer find the model once this is answered; those that it has taken are answered before its memory is released. Needs `--model-control explicit` and a connection from the machine of the server, or, where authentication is on, the scope `models:write`.',
  parameters: OF_MODEL,
  body: {
    description: 'May be left out.',
    contents: json(UnloadCall, { unloadCall: UNLOAD_CALL }),
  },
  answers: {
    200: { description: 'It is not found any more.', contents: json(UnloadAnswer, { unloaded: UNLOADED }) },
  },
  errors: [...OF_CHANGES, ...BODY, 'FORBIDDEN', 'MODEL_NOT_FOUND'],
  samples: [{ label: 'Unload', path: '/v2/repository/models/iris/unload', body: { json: {} } }],
  handle: (exchange, { repository }) => unloadModel(exchange, repository),
};

/** The same route with the name of a repository in its path. */
const named = (route: RepositoryRoute): RepositoryRoute => {
  const under = (path: string, name: string): string =>
    path.replace('/v2/repository/', `/v2/repository/${name}/`);
  return {
    ...route,
    pattern: under(route.pattern, ':repository'),
    parameters: { ...OF_REPOSITORY, ...route.parameters },
    samples: route.samples.map((sample) => ({ ...sample, path: under(sample.path, 'main') })),
  };
};

export const REPOSITORY_ROUTES = {
  indexRepository: index,
  indexNamedRepository: named(index),
  unloadModel: unload,
  loadModel: load,
  unloadNamedModel: named(unload),
  loadNamedModel: named(load),
};
