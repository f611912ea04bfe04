/**
 * The servers that ours is compared with, each as its own documentation recommends it, each with several settings.
 * Which and why: README.md beside this file.
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { base64Of, FORM_HEADERS, formOf, OIP_HEADERS, oipOf } from './bodies.ts';
import type { Peer } from './peer.ts';
import { peerOf, type Recipe, type Setting } from './recipe.ts';

export type { Peer } from './peer.ts';

const cores = availableParallelism();
/** One process with onnxruntime's default threads: the fewest milliseconds where one photograph comes at a time. */
const WIDE: Setting = { workers: 1, threads: 0, batch: 1 };
/** A process for each core: the most photographs per second where many come at once. */
const NARROW: Setting = { workers: cores, threads: 1, batch: 1 };
const NARROW_BATCHED: Setting = { ...NARROW, batch: 4 };

/** A body that is the photograph's bytes. */
const RAW: Pick<Recipe, 'headers' | 'bodyOf'> = {
  headers: () => ({ 'content-type': 'image/jpeg' }),
  bodyOf: (_setting, photograph) => photograph,
};

const mosec = (name: string, env: Readonly<Record<string, string>>): Recipe => ({
  name,
  package: 'mosec',
  environment: 'mosec',
  settings: [WIDE, NARROW, NARROW_BATCHED],
  command: (_setting, port) => [
    'python',
    'mosec_app.py',
    '--address',
    '127.0.0.1',
    '--port',
    String(port),
    '--log-level',
    'warning',
  ],
  env: () => env,
  path: () => '/inference',
  ...RAW,
});

const RECIPES: readonly Recipe[] = [
  mosec('mosec-cv2', { DECODER: 'cv2' }),
  {
    name: 'fastapi',
    package: 'fastapi',
    environment: 'fastapi',
    settings: [WIDE, NARROW],
    command: ({ workers }, port) => [
      'uvicorn',
      'fastapi_app:app',
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
      '--workers',
      String(workers),
      '--log-level',
      'warning',
      '--no-access-log',
    ],
    path: () => '/predict',
    ...RAW,
  },
  mosec('mosec', {}),
  {
    name: 'litserve',
    package: 'litserve',
    environment: 'litserve',
    settings: [WIDE, NARROW, NARROW_BATCHED],
    command: () => ['python', 'litserve_app.py'],
    path: () => '/predict',
    headers: () => FORM_HEADERS,
    bodyOf: (_setting, photograph) => formOf('content', photograph),
  },
  {
    name: 'bentoml',
    package: 'bentoml',
    environment: 'bentoml',
    settings: [WIDE, NARROW, NARROW_BATCHED],
    command: (_setting, port) => [
      'bentoml',
      'serve',
      'bentoml_app:Photographs',
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
    ],
    env: () => ({
      BENTOML_HOME: join(import.meta.dirname, '.venv/bentoml/home'),
      BENTOML_DO_NOT_TRACK: 'true',
    }),
    path: () => '/predict',
    headers: ({ batch }) => (batch > 1 ? FORM_HEADERS : { 'content-type': 'image/jpeg' }),
    bodyOf: ({ batch }, photograph) => (batch > 1 ? formOf('images', photograph) : photograph),
  },
  {
    name: 'mlserver',
    package: 'mlserver',
    environment: 'mlserver',
    settings: [WIDE, NARROW, NARROW_BATCHED],
    command: () => ['mlserver', 'start', 'mlserver'],
    env: ({ workers, batch }, port, [grpc, metrics]) => ({
      MLSERVER_DEBUG: 'false',
      MLSERVER_HOST: '127.0.0.1',
      MLSERVER_HTTP_PORT: String(port),
      MLSERVER_GRPC_PORT: String(grpc),
      MLSERVER_METRICS_PORT: String(metrics),
      MLSERVER_PARALLEL_WORKERS: String(workers),
      ...(batch > 1 && {
        MLSERVER_MODEL_MAX_BATCH_SIZE: String(batch),
        MLSERVER_MODEL_MAX_BATCH_TIME: '0.002',
      }),
    }),
    path: () => '/v2/models/photographs/infer',
    headers: () => ({ 'content-type': 'application/json' }),
    bodyOf: (_setting, photograph) => base64Of(photograph),
  },
  {
    name: 'pytriton',
    package: 'nvidia-pytriton',
    environment: 'pytriton',
    python: '3.12',
    settings: [WIDE, NARROW, NARROW_BATCHED],
    command: () => ['python', 'pytriton_app.py'],
    env: (_setting, _port, [grpc, metrics]) => ({ GRPC_PORT: String(grpc), METRICS_PORT: String(metrics) }),
    path: () => '/v2/models/photographs/infer',
    headers: () => OIP_HEADERS,
    bodyOf: (_setting, photograph) => oipOf([1, 1], photograph),
  },
];

export const PEERS: readonly Peer[] = RECIPES.map(peerOf);
