/** The routes that predict: with the default model, with a model, and with one version of it. */
import type { ErrorCode } from '../../errors.ts';
import { predict } from '../../task/predict.ts';
import { DATATYPE_NAMES } from '../../tensor/tensor.ts';
import type { AnswerDescription, Description, Parameter, Sample } from '../description.ts';
import { TimeoutMs } from '../deadline.ts';
import type { DescribedRoute } from '../route-set.ts';
import { Bytes } from '../schemas.ts';
import { OF_MODEL, OF_VERSION } from '../path-parameters.ts';
import { ImageAnswer, ImagesAnswer, RowsAnswer } from './predict-answers.ts';
import { FormBody, ImagesBody, RowsBody } from './predict-bodies.ts';
import { ANSWERS, BODIES } from './predict-examples.ts';
import { planOf, type PredictSettings } from './predict-plan.ts';

type PredictRoute = DescribedRoute<{ readonly predict: PredictSettings }>;

const TopK: Parameter = {
  name: 'top_k',
  in: 'query',
  required: false,
  description:
    'How many classes to return, at most as many as the model has; 5 unless the server is set otherwise. It overrides a `top_k` in the body. For models that give classes: those for images, and those with labels.',
  schema: { type: 'integer', minimum: 1 },
};

const TensorType: Parameter = {
  name: 'datatype',
  in: 'query',
  required: false,
  description:
    'The data type of a body of raw elements, to be refused when it is not that of the input: `FP32`, `INT64`. For models that take tensors.',
  schema: { type: 'string', enum: DATATYPE_NAMES },
};

const TensorShape: Parameter = {
  name: 'shape',
  in: 'query',
  required: false,
  description:
    'The shape of a body of raw elements, `2,16`: needed where the model leaves more than one length open.',
  schema: { type: 'string' },
};

const Explain: Parameter = {
  name: 'explain',
  in: 'query',
  required: false,
  description:
    '`occlusion`: the answer says which parts of the image speak for its class. Where the server is set to explain, for one image, and at the cost of a row for each cell of a grid. See docs/explain.md.',
  schema: { type: 'string', enum: ['occlusion'] },
};

const Timeout: Parameter = {
  name: 'timeout',
  in: 'query',
  required: false,
  description:
    'Deadline of the request from its arrival, in milliseconds, as `x-request-timeout-ms`; the shorter of the two applies.',
  schema: { type: 'integer', minimum: 1 },
};

const CacheControl: Parameter = {
  name: 'cache-control',
  in: 'header',
  required: false,
  description:
    'Where the cache of answers is on: `no-cache` runs the model even if the result is kept, `no-store` keeps nothing of this request.',
  schema: { type: 'string' },
};

const IfNoneMatch: Parameter = {
  name: 'if-none-match',
  in: 'header',
  required: false,
  description: 'Where the cache of answers is on: tags of answers that the client has; 304 if this is one.',
  schema: { type: 'string' },
};

const ANY = { TopK, Explain, TensorType, TensorShape, Timeout, TimeoutMs, CacheControl, IfNoneMatch };

const ERRORS = [
  ...['BAD_JSON', 'BAD_FIELD', 'BAD_QUERY', 'BAD_HEADER', 'BAD_ENCODING', 'BAD_BASE64', 'BAD_MULTIPART'],
  ...['EMPTY_BODY', 'NOT_AN_IMAGE', 'IMAGE_TRUNCATED', 'IMAGE_CORRUPT', 'BAD_SHAPE', 'URL_REFUSED'],
  ...['RUN_FAILED', 'NOT_FINITE', 'FEATURES_MISSING', 'FEATURES_UNAVAILABLE'],
  ...['BODY_TOO_LARGE', 'IMAGE_TOO_LARGE', 'TOO_MANY_IMAGES', 'UNSUPPORTED_MEDIA_TYPE', 'UNSUPPORTED_IMAGE'],
  ...[
    'INTERNAL',
    'URL_FAILED',
    'QUEUE_FULL',
    'OVERLOADED',
    'MODEL_LOADING',
    'MODEL_UNAVAILABLE',
    'MODEL_QUARANTINED',
    'DRAINING',
  ],
  ...['WORKER_DIED', 'DEVICE_LOST', 'URL_TIMEOUT', 'DEADLINE_EXCEEDED'],
] as const satisfies readonly ErrorCode[];

const IMAGES_OR_ROWS: Description['body'] = {
  description:
    'Images as bytes, as a form or as JSON; tensors as raw little-endian elements, as a .npy file or as JSON. A body without a content type is taken for bytes. Any of them may be compressed, with `content-encoding: gzip` or `deflate`; the limits hold for what it inflates to.',
  contents: {
    'image/jpeg': { schema: Bytes },
    'image/png': { schema: Bytes },
    'image/webp': { schema: Bytes },
    'application/octet-stream': { schema: Bytes },
    'multipart/form-data': { schema: FormBody },
    'application/json': { schema: { oneOf: [ImagesBody, RowsBody] }, examples: BODIES },
  },
};

const PREDICTED: AnswerDescription = {
  description:
    'Classes, or the outputs of the model. Raw elements only when `accept` asks for them and there is one output; `x-tensor-datatype` and `x-tensor-shape` say what they are.',
  headers: ['Cache-Status', 'ETag', 'x-suspect-images', 'x-defaulted-features'],
  contents: {
    'application/json': { schema: { oneOf: [ImageAnswer, ImagesAnswer, RowsAnswer] }, examples: ANSWERS },
    'application/octet-stream': { schema: Bytes },
  },
};

const UNCHANGED: AnswerDescription = {
  description:
    'The results are those whose `ETag` the client has sent; there is no body, and nothing was run. Only where the cache of answers is on.',
  headers: ['Cache-Status', 'ETag'],
  contents: {},
};

/** What the three routes have in common. */
const PREDICTION = {
  method: 'POST',
  quiet: false,
  access: 'predict',
  tag: 'Prediction',
  body: IMAGES_OR_ROWS,
  answers: { 200: PREDICTED, 304: UNCHANGED },
  handle: (exchange, { predict: settings }) =>
    predict(exchange, (version) => planOf(exchange, version, settings), settings),
} as const satisfies Partial<PredictRoute>;

const PHOTO = { file: 'photo.jpg', contentType: 'image/jpeg' };

const sample = (label: string, path: string, body: NonNullable<Sample['body']>): Sample => ({
  label,
  path,
  body,
});

export const predictRoute: PredictRoute = {
  ...PREDICTION,
  pattern: '/v1/predict',
  summary: 'Predict with the default model',
  description:
    'An image in, its most probable classes out. Several images in one request give a list of results, in which a bad image does not affect the others. To a default model that takes rows, send rows as below.',
  parameters: ANY,
  errors: ERRORS,
  samples: [
    sample('A file', '/v1/predict', PHOTO),
    sample('A form, the three best classes', '/v1/predict?top_k=3', { form: [['file', 'photo.jpg']] }),
    sample('JSON, without any file', '/v1/predict', { json: BODIES.image.value }),
    sample('Several files', '/v1/predict', {
      form: [
        ['images', 'photo.jpg'],
        ['images', 'photo.jpg'],
      ],
    }),
  ],
};

export const predictModelRoute: PredictRoute = {
  ...PREDICTION,
  pattern: '/v1/models/:model/predict',
  summary: 'Predict with the default version of a model',
  description:
    'As `/v1/predict`, with the model that the path names. A model without image preprocessing takes rows: raw little-endian bytes when it has one input, or JSON.',
  parameters: { ...OF_MODEL, ...ANY },
  errors: [...ERRORS, 'MODEL_NOT_FOUND'],
  samples: [
    sample('A file', '/v1/models/efficientnet-lite0/predict', PHOTO),
    sample('Two rows, for a model with an input x', '/v1/models/iris/predict', { json: BODIES.rows.value }),
  ],
};

export const predictVersionRoute: PredictRoute = {
  ...PREDICTION,
  pattern: '/v1/models/:model/versions/:version/predict',
  summary: 'Predict with one version of a model, by its number or one of its labels',
  description:
    'As `/v1/models/{model}/predict`, with a version that is not the default: its number, or one of its labels.',
  parameters: { ...OF_VERSION, ...ANY },
  errors: [...ERRORS, 'MODEL_NOT_FOUND'],
  samples: [
    sample('By label', '/v1/models/efficientnet-lite0/versions/int8/predict', {
      form: [['file', 'photo.jpg']],
    }),
  ],
};
