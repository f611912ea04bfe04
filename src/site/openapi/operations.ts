/**
 * What the OpenAPI document says of each route beside its path and summary: words, bodies, answers, the errors
 * that can occur, and commands to paste. Data only; openapi.ts puts it together.
 */
import type { TSchema } from 'typebox';
import type { ErrorCode } from '../../errors.ts';
import { PIXEL, type ExampleName } from './examples.ts';
import type { RouteName } from '../../http/routes.ts';
import { Live } from './live.ts';
import * as scheduling from './scheduling.ts';
import * as schemas from './schemas.ts';

export const TAGS = {
  Prediction: 'Send images or rows, get classes or tensors.',
  Models: 'What the server knows.',
  Health: 'For people, load balancers and the probes of an orchestrator.',
  Documents: 'Metrics, this interface, and a page to try it.',
} as const;

export type Tag = keyof typeof TAGS;

/** A body in one media type. */
export interface Content {
  readonly schema?: TSchema | { readonly oneOf: readonly TSchema[] };
  readonly examples?: readonly ExampleName[];
}

export type Contents = Readonly<Record<string, Content>>;

export interface AnswerDescription {
  readonly description: string;
  readonly contents: Contents;
}

/** A command line that works as it is; `label` says for what. */
export interface Sample {
  readonly label: string;
  readonly source: string;
}

export interface Operation {
  readonly tag: Tag;
  /** Paragraphs, with code in backticks. */
  readonly description: string;
  readonly parameters?: readonly ('TopK' | 'Timeout' | 'TimeoutMs' | 'Level' | 'Limit')[];
  readonly body?: { readonly description: string; readonly contents: Contents };
  /** By status, for those that are no error answer. */
  readonly answers: Readonly<Record<number, AnswerDescription>>;
  readonly errors: readonly ErrorCode[];
  readonly samples: readonly Sample[];
}

/** Where a server listens unless it is told otherwise. */
const BASE = 'http://127.0.0.1:8000';

/** Any route: its headers may be malformed, or the server at fault. */
const ALWAYS = ['BAD_HEADER', 'INTERNAL'] as const;

const PREDICT_ERRORS = [
  ...['BAD_JSON', 'BAD_FIELD', 'BAD_QUERY', 'BAD_HEADER', 'BAD_BASE64', 'BAD_MULTIPART', 'EMPTY_BODY'],
  ...['NOT_AN_IMAGE', 'IMAGE_TRUNCATED', 'IMAGE_CORRUPT', 'BAD_SHAPE', 'URL_REFUSED'],
  ...['BODY_TOO_LARGE', 'IMAGE_TOO_LARGE', 'TOO_MANY_IMAGES', 'UNSUPPORTED_MEDIA_TYPE', 'UNSUPPORTED_IMAGE'],
  ...['INTERNAL', 'URL_FAILED', 'QUEUE_FULL', 'OVERLOADED', 'MODEL_LOADING', 'MODEL_UNAVAILABLE', 'DRAINING'],
  ...['WORKER_DIED', 'URL_TIMEOUT', 'DEADLINE_EXCEEDED'],
] as const satisfies readonly ErrorCode[];

const IMAGES_OR_ROWS = {
  description:
    'Images as bytes, as a form or as JSON; rows as bytes or as JSON. A body without a content type is taken for bytes.',
  contents: {
    'image/jpeg': { schema: schemas.Bytes },
    'image/png': { schema: schemas.Bytes },
    'image/webp': { schema: schemas.Bytes },
    'application/octet-stream': { schema: schemas.Bytes },
    'multipart/form-data': { schema: schemas.FormBody },
    'application/json': {
      schema: { oneOf: [schemas.ImagesBody, schemas.RowsBody] },
      examples: ['image', 'url', 'images', 'rows'],
    },
  },
} as const satisfies Operation['body'];

const PREDICTED = {
  description:
    'Classes, or the outputs of the model. Bytes only when `accept` asks for them and there is one output.',
  contents: {
    'application/json': {
      schema: { oneOf: [schemas.ImageAnswer, schemas.ImagesAnswer, schemas.RowsAnswer] },
      examples: ['imageAnswer', 'imagesAnswer', 'rowsAnswer'],
    },
    'application/octet-stream': { schema: schemas.Bytes },
  },
} as const satisfies AnswerDescription;

const prediction = (
  description: string,
  errors: readonly ErrorCode[],
  samples: readonly Sample[],
): Operation => ({
  tag: 'Prediction',
  description,
  parameters: ['TopK', 'Timeout', 'TimeoutMs'],
  body: IMAGES_OR_ROWS,
  answers: { 200: PREDICTED },
  errors: [...PREDICT_ERRORS, ...errors],
  samples,
});

const json = (schema: TSchema, ...examples: ExampleName[]): Contents => ({
  'application/json': { schema, examples },
});

/** A route that says one thing when all is well and the same with 503 when it is not. */
const check = (
  description: string,
  good: string,
  bad: string,
  path: string,
  contents: Contents[],
): Operation => ({
  tag: 'Health',
  description,
  answers: {
    200: { description: good, contents: contents[0]! },
    503: { description: bad, contents: contents.at(-1)! },
  },
  errors: ALWAYS,
  samples: [{ label: 'With the status', source: `curl -i ${BASE}${path}` }],
});

export const OPERATIONS: Readonly<Record<RouteName, Operation>> = {
  predict: prediction(
    'An image in, its most probable classes out. Several images in one request give a list of results, in which a bad image does not spoil the others. A default model that takes rows is asked as below.',
    [],
    [
      {
        label: 'A file',
        source: post('/v1/predict', "-H 'content-type: image/jpeg'", '--data-binary @photo.jpg'),
      },
      { label: 'A form, the three best classes', source: post('/v1/predict?top_k=3', '-F file=@photo.jpg') },
      {
        label: 'JSON, without any file',
        source: post('/v1/predict', "-H 'content-type: application/json'", `-d '{"image":"${PIXEL}"}'`),
      },
      { label: 'Several files', source: post('/v1/predict', '-F images=@photo.jpg', '-F images=@photo.jpg') },
    ],
  ),
  predictModel: prediction(
    'As `/v1/predict`, with the model that the path names. A model without image preprocessing takes rows: raw little-endian bytes when it has one input, or JSON.',
    ['MODEL_NOT_FOUND'],
    [
      {
        label: 'A file',
        source: post(
          '/v1/models/efficientnet-lite0/predict',
          "-H 'content-type: image/jpeg'",
          '--data-binary @photo.jpg',
        ),
      },
      {
        label: 'Rows, for a model with an input x',
        source: post(
          '/v1/models/iris/predict',
          "-H 'content-type: application/json'",
          `-d '{"inputs":{"x":[[5.1,3.5,1.4,0.2]]}}'`,
        ),
      },
    ],
  ),
  predictVersion: prediction(
    'As `/v1/models/{model}/predict`, with a version that is not the default: its number, or one of its labels.',
    ['MODEL_NOT_FOUND'],
    [
      {
        label: 'By label',
        source: post('/v1/models/efficientnet-lite0/versions/int8/predict', '-F file=@photo.jpg'),
      },
    ],
  ),
  listModels: {
    tag: 'Models',
    description: 'Every model that was found, whether it can be used or not.',
    answers: { 200: { description: 'The models.', contents: json(schemas.ModelList, 'models') } },
    errors: ALWAYS,
    samples: [{ label: 'All', source: `curl ${BASE}/v1/models` }],
  },
  describeModel: {
    tag: 'Models',
    description: 'What it takes and gives: send rows of the shapes and data types that `inputs` declares.',
    answers: { 200: { description: 'The model.', contents: json(schemas.Model, 'model') } },
    errors: [...ALWAYS, 'MODEL_NOT_FOUND'],
    samples: [{ label: 'One', source: `curl ${BASE}/v1/models/efficientnet-lite0` }],
  },
  showLive: {
    tag: 'Models',
    description:
      'Small enough to be asked for every second, as the page at `/` does. For graphs and alerts take `/metrics`.',
    answers: { 200: { description: 'The state.', contents: json(Live, 'live') } },
    errors: ALWAYS,
    samples: [{ label: 'Now', source: `curl ${BASE}/debug/live` }],
  },
  showBatches: {
    tag: 'Models',
    description:
      'Batch by batch: where it went, how large, how wide and why, what was predicted and what it took.',
    parameters: ['Limit'],
    answers: { 200: { description: 'The batches.', contents: json(scheduling.Batches, 'batches') } },
    errors: [...ALWAYS, 'BAD_QUERY'],
    samples: [{ label: 'The last ones', source: `curl '${BASE}/debug/batches?limit=10'` }],
  },
  setLogLevel: {
    tag: 'Documents',
    description:
      'Until the next change or the next start. Answered with 404 unless the server was started with `--log-level-route loopback` and the connection comes from its own machine.',
    parameters: ['Level'],
    answers: { 200: { description: 'It holds.', contents: json(schemas.LogLevel) } },
    errors: [...ALWAYS, 'BAD_QUERY', 'ROUTE_NOT_FOUND'],
    samples: [{ label: 'All there is', source: `curl -X PUT '${BASE}/debug/log-level?level=DEBUG'` }],
  },
  health: check(
    'The whole story: the state of every model version, and the worker threads.',
    'The default model can be used, and no part is broken.',
    'Starting, draining or unavailable; the body says which part.',
    '/health',
    [json(schemas.Health, 'healthy'), json(schemas.Health, 'unhealthy')],
  ),
  live: check(
    'For a liveness probe. Neither overload nor draining makes it fail.',
    'No restart is needed.',
    'A worker thread is wedged, and only a restart can end it.',
    '/health/live',
    [json(schemas.Liveness)],
  ),
  ready: check(
    'For a readiness probe and for load balancers. While it drains, the server still answers requests that come.',
    'Send requests here.',
    'Send requests elsewhere.',
    '/health/ready',
    [json(schemas.Readiness)],
  ),
  startup: check(
    'For a startup probe.',
    'The default model has been loaded and warmed up.',
    'Still starting.',
    '/health/startup',
    [json(schemas.Startup)],
  ),
  metrics: {
    tag: 'Documents',
    description: 'What is counted and measured, for Prometheus to scrape.',
    answers: {
      200: {
        description: 'The metrics; OpenMetrics when `accept` asks for `application/openmetrics-text`.',
        contents: { 'text/plain': {}, 'application/openmetrics-text': {} },
      },
    },
    errors: ALWAYS,
    samples: [{ label: 'Prometheus text', source: `curl ${BASE}/metrics` }],
  },
  openapi: {
    tag: 'Documents',
    description: 'To generate clients from. OpenAPI 3.1.',
    answers: { 200: { description: 'The document.', contents: { 'application/json': {} } } },
    errors: ALWAYS,
    samples: [{ label: 'Save it', source: `curl -o openapi.json ${BASE}/openapi.json` }],
  },
  docs: {
    tag: 'Documents',
    description: 'Made from the document above on the server: no scripts, and nothing from elsewhere.',
    answers: { 200: { description: 'The page.', contents: { 'text/html': {} } } },
    errors: ALWAYS,
    samples: [{ label: 'Save it', source: `curl -o docs.html ${BASE}/docs` }],
  },
  home: {
    tag: 'Documents',
    description:
      'Open it in a browser: drop a photograph, see its classes, where the time went, and what the server does meanwhile. It takes nothing from elsewhere.',
    answers: { 200: { description: 'The page.', contents: { 'text/html': {} } } },
    errors: ALWAYS,
    samples: [{ label: 'Save it', source: `curl -o ortolan.html ${BASE}/` }],
  },
};

/** One option a line, so that it can be read on a narrow screen. */
function post(path: string, ...options: readonly string[]): string {
  const url = path.includes('?') ? `'${BASE}${path}'` : `${BASE}${path}`;
  return [`curl ${url}`, ...options].join(' \\\n  ');
}
