/**
 * The examples of the OpenAPI document. They are true: the requests can be sent, the classes are those of
 * test/fixtures/photos/cat.jpg, and the messages of the errors are those that the server writes.
 */
import type { Static } from 'typebox';
import { ServingError, type ErrorCode } from '../../errors.ts';
import { encodeError } from '../../http/error-body.ts';
import { topKRule } from '../../protocol/v1/codec/top-k.ts';
import type { ErrorAnswer } from './schemas.ts';

/** One green pixel as WebP: the shortest image that can be pasted. */
export const PIXEL = 'UklGRh4AAABXRUJQVlA4TBEAAAAvAAAAAAdQ1RL1rv+BiOh/AAA=';

const REQUEST_ID = '4cf36f21-63b4-4a35-9a2c-7b1a5a3a0b52';
const MODEL = { name: 'efficientnet-lite0', version: '1' };
const TIMINGS = { read: 0.27, queue: 0.03, decode: 1.53, infer: 8.41, post: 0.03, total: 10.47 };
const BATCH = { size: 1, reason: 'idle', width: 'wide' };

const CAT = [
  { class_id: 282, label: 'tiger cat', probability: 0.3907 },
  { class_id: 285, label: 'Egyptian cat', probability: 0.341 },
  { class_id: 281, label: 'tabby', probability: 0.174268 },
];

interface Example {
  readonly summary: string;
  readonly value: unknown;
}

export const EXAMPLES = {
  image: { summary: 'One image', value: { image: PIXEL, top_k: 3 } },
  url: {
    summary: 'One image by its URL',
    value: { url: 'https://example.org/photo.jpg', top_k: 3 },
  },
  images: {
    summary: 'Several images',
    value: { images: [PIXEL, `data:image/webp;base64,${PIXEL}`] },
  },
  rows: {
    summary: 'Two rows of four numbers, for a model with one input x',
    value: {
      inputs: {
        x: [
          [5.1, 3.5, 1.4, 0.2],
          [6.2, 2.9, 4.3, 1.3],
        ],
      },
    },
  },
  imageAnswer: {
    summary: 'One image',
    value: { request_id: REQUEST_ID, model: MODEL, predictions: CAT, timings_ms: TIMINGS, batch: BATCH },
  },
  imagesAnswer: {
    summary: 'Several images, of which one is broken',
    value: {
      request_id: REQUEST_ID,
      model: MODEL,
      results: [
        { predictions: CAT.slice(0, 1) },
        {
          error: 'The bytes do not begin like any image; JPEG, PNG and WebP are served.',
          code: 'NOT_AN_IMAGE',
        },
      ],
      timings_ms: TIMINGS,
      batch: BATCH,
    },
  },
  rowsAnswer: {
    summary: 'Two rows, for a model with one output y',
    value: {
      request_id: REQUEST_ID,
      model: { name: 'iris', version: '1' },
      outputs: {
        y: [
          [0.98, 0.02, 0],
          [0.01, 0.93, 0.06],
        ],
      },
      timings_ms: { read: 0.08, queue: 0.02, decode: 0, infer: 0.11, post: 0.01, total: 0.35 },
      batch: { size: 2, reason: 'idle', width: 'narrow' },
    },
  },
  models: {
    summary: 'One model with two versions',
    value: {
      default: 'efficientnet-lite0',
      models: [
        {
          name: 'efficientnet-lite0',
          description: 'EfficientNet-Lite0, ImageNet-1k',
          default_version: '1',
          versions: [version('1', ['stable']), version('2', ['int8'])],
        },
      ],
    },
  },
  model: {
    summary: 'A model with one version',
    value: {
      name: 'efficientnet-lite0',
      description: 'EfficientNet-Lite0, ImageNet-1k',
      default_version: '1',
      versions: [version('1', ['stable'])],
    },
  },
  batches: {
    summary: 'One batch, on all cores',
    value: {
      batches: [
        {
          ago_ms: 12.5,
          model: MODEL,
          worker: 0,
          size: 1,
          width: 'wide',
          reason: 'idle',
          left_in_queue: 0,
          waited_ms: 0.05,
          predicted_ms: 6.9,
          outcome: 'done',
          decode_ms: 1.2,
          infer_ms: 5.6,
        },
      ],
    },
  },
  live: {
    summary: 'One request a second on two workers',
    value: {
      uptime_s: 512.4,
      last_minute: {
        answered: 60,
        failed: 0,
        answered_by_second: Array.from({ length: 60 }, () => 1),
        p50_ms: 10.38,
        p99_ms: 12.65,
      },
      models: [{ ...MODEL, state: 'ready', queued_rows: 0 }],
      workers: { busy: 1, ready: 1 },
    },
  },
  healthy: {
    summary: 'All is well',
    value: {
      status: 'ok',
      models: [{ ...MODEL, state: 'ready', provider: 'cpu' }],
      workers: { alive: 2, of: 2, healthy: true, wedged: false },
    },
  },
  unhealthy: {
    summary: 'The model is still loading',
    value: {
      status: 'starting',
      models: [{ ...MODEL, state: 'loading' }],
      workers: { alive: 2, of: 2, healthy: true, wedged: false },
    },
  },
} as const satisfies Record<string, Example>;

export type ExampleName = keyof typeof EXAMPLES;

function version(name: string, labels: readonly string[]): object {
  return {
    version: name,
    labels,
    state: 'ready',
    takes: 'images',
    provider: 'cpu',
    max_batch_size: 64,
    inputs: [{ name: 'image', datatype: 'UINT8', shape: [-1, 224, 224, 3] }],
    outputs: [{ name: 'logits', datatype: 'FP32', shape: [-1, 1000] }],
    cost: {
      slo_p99_ms: 200,
      batch_cap: 1,
      decode_ms: 1.2,
      tail_ratio: 1.3,
      forecast_wait_ms: 0,
      forecast_error_ratio: 1.2,
      runs: [
        { rows: 1, width: 'narrow', mean_ms: 8.4, p99_ms: 10.9, observed: 120 },
        { rows: 2, width: 'narrow', mean_ms: 16.9, p99_ms: 22, observed: 0 },
        { rows: 1, width: 'wide', mean_ms: 5.6, p99_ms: 7.3, observed: 31 },
      ],
    },
  };
}

type ErrorBody = Static<typeof ErrorAnswer>;

const failure = (code: ErrorCode, message: string, pointer?: string): ErrorBody => {
  const error = new ServingError(code, message, pointer === undefined ? {} : { pointer });
  return JSON.parse(encodeError(error, REQUEST_ID)) as ErrorBody;
};

/** One error for each status, as the answer to it looks; several codes share a status. */
export const ERROR_EXAMPLES: Partial<Record<ErrorCode, ErrorBody>> = {
  BAD_QUERY: failure('BAD_QUERY', topKRule(1000), '/top_k'),
  BAD_HEADER: failure('BAD_HEADER', 'x-request-timeout-ms must be a positive whole number of milliseconds.'),
  ROUTE_NOT_FOUND: failure('ROUTE_NOT_FOUND', 'There is nothing at this path; see /docs.'),
  MODEL_NOT_FOUND: failure('MODEL_NOT_FOUND', 'There is no model resnet18.'),
  METHOD_NOT_ALLOWED: failure('METHOD_NOT_ALLOWED', 'PUT is not a method of this path.'),
  TOO_MANY_IMAGES: failure('TOO_MANY_IMAGES', 'A request may carry 16 images at most.', '/images'),
  UNSUPPORTED_IMAGE: failure(
    'UNSUPPORTED_IMAGE',
    'GIF images are not served; send a JPEG, PNG or WebP with one frame.',
  ),
  INTERNAL: failure('INTERNAL', 'The server has failed; its log has the details.'),
  URL_FAILED: failure('URL_FAILED', 'The host of the URL could not be reached or answered with an error.'),
  QUEUE_FULL: failure('QUEUE_FULL', 'The queue of model efficientnet-lite0 is full.'),
  DEADLINE_EXCEEDED: failure('DEADLINE_EXCEEDED', 'The request was not answered within its 30000 ms.'),
};
