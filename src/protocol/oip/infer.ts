/** The routes that infer: with a model, and with one version of it. */
import type { ErrorCode } from '../../errors.ts';
import { predict } from '../../task/predict.ts';
import { TimeoutMs } from '../deadline.ts';
import type { Parameter } from '../description.ts';
import { OF_MODEL, OF_VERSION } from '../path-parameters.ts';
import type { DescribedRoute } from '../route-set.ts';
import { Bytes } from '../schemas.ts';
import { ANSWERS, InferAnswer, InferBody, REQUESTS } from './infer-bodies.ts';
import { planOf, type InferSettings } from './infer-plan.ts';

type InferRoute = DescribedRoute<{ readonly predict: InferSettings }>;

const HeaderLength: Parameter = {
  name: 'Inference-Header-Content-Length',
  in: 'header',
  required: false,
  description:
    'Bytes of the JSON in front of binary tensors, before any compression. Without it the whole body is JSON; 0: there is no JSON, and the body is the one input.',
  schema: { type: 'integer', minimum: 0 },
};

const ERRORS = [
  ...['BAD_JSON', 'BAD_FIELD', 'BAD_HEADER', 'BAD_ENCODING', 'BAD_BASE64', 'BAD_SHAPE', 'EMPTY_BODY'],
  ...['NOT_AN_IMAGE', 'IMAGE_TRUNCATED', 'IMAGE_CORRUPT', 'RUN_FAILED', 'NOT_FINITE', 'MODEL_NOT_FOUND'],
  ...['BODY_TOO_LARGE', 'IMAGE_TOO_LARGE', 'TOO_MANY_IMAGES', 'UNSUPPORTED_MEDIA_TYPE', 'UNSUPPORTED_IMAGE'],
  ...[
    'INTERNAL',
    'QUEUE_FULL',
    'OVERLOADED',
    'MODEL_LOADING',
    'MODEL_UNAVAILABLE',
    'MODEL_QUARANTINED',
    'DRAINING',
    'WORKER_DIED',
    'DEVICE_LOST',
  ],
  'DEADLINE_EXCEEDED',
] as const satisfies readonly ErrorCode[];

/** What the two routes have in common. */
const INFERENCE = {
  method: 'POST',
  quiet: false,
  access: 'predict',
  tag: 'Open Inference Protocol',
  body: {
    description:
      'JSON, or JSON with binary tensors behind it in the order of their inputs: the header says which, never the content type. An input of BYTES may be images where the model declares preprocessing, one JPEG, PNG or WebP file an element. JSON may have 250,000 values.',
    contents: {
      'application/json': { schema: InferBody, examples: REQUESTS },
      'application/octet-stream': { schema: Bytes },
    },
  },
  answers: {
    200: {
      description:
        'The outputs. Where some are binary, they follow the JSON in their order, and `Inference-Header-Content-Length` says where it ends.',
      contents: {
        'application/json': { schema: InferAnswer, examples: ANSWERS },
        'application/octet-stream': { schema: Bytes },
      },
    },
  },
  errors: ERRORS,
  handle: (exchange, { predict: settings }) =>
    predict(exchange, (version) => planOf(exchange.head, version, settings), settings),
} as const satisfies Partial<InferRoute>;

export const inferRoute: InferRoute = {
  ...INFERENCE,
  pattern: '/v2/models/:model/infer',
  summary: 'Infer with the default version of a model',
  description: 'Tensors in, tensors out.',
  parameters: { ...OF_MODEL, HeaderLength, TimeoutMs },
  samples: [
    {
      label: 'Two rows, for a model with an input x',
      path: '/v2/models/iris/infer',
      body: { json: REQUESTS.oipTensor.value },
    },
    {
      label: 'An image',
      path: '/v2/models/efficientnet-lite0/infer',
      body: { json: REQUESTS.oipImage.value },
    },
  ],
};

export const inferVersionRoute: InferRoute = {
  ...INFERENCE,
  pattern: '/v2/models/:model/versions/:version/infer',
  summary: 'Infer with one version of a model',
  description: 'The version is a number or a label.',
  parameters: { ...OF_VERSION, HeaderLength, TimeoutMs },
  samples: [
    {
      label: 'By label',
      path: '/v2/models/efficientnet-lite0/versions/int8/infer',
      body: { json: REQUESTS.oipImage.value },
    },
  ],
};
