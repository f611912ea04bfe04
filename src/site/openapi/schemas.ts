/**
 * Schemas of the bodies, for the OpenAPI document. Those of the answers are written here and held against what the
 * encoders really write by a test; those of the requests are the codecs' own. A schema with a title becomes a
 * component of that name.
 *
 * Answers are open: a later version may add members, and clients are to ignore what they do not know.
 */
import Type, { type TSchema } from 'typebox';
import { ERRORS, type ErrorCode } from '../../errors.ts';
import type { ModelState } from '../../serving/model-version.ts';
import { LOG_LEVELS } from '../../telemetry/log/log.ts';
import { DATATYPE_NAMES } from '../../tensor/tensor.ts';
import { ClassifyBody } from '../../protocol/v1/codec/json.ts';
import { Cost, namesOf, REASONS, WIDTHS } from './scheduling.ts';

export const STATES = namesOf<ModelState>({ waiting: true, loading: true, ready: true, unavailable: true });
const ERROR_CODES = Object.keys(ERRORS) as ErrorCode[];

const text = (description: string) => Type.String({ description });
export const milliseconds = (description: string) => Type.Number({ minimum: 0, description });
const code = Type.Enum(ERROR_CODES, { description: 'The stable part: branch on this.' });
const fileBytes = { type: 'string', format: 'binary', contentMediaType: 'application/octet-stream' } as const;

/** Bytes as they are; the media type says of what. */
export const Bytes = Type.Unsafe<Uint8Array>({ type: 'string', format: 'binary' });

const ModelReference = Type.Object(
  { name: Type.String(), version: Type.String() },
  { title: 'ModelReference', description: 'The model that answered, whatever name or label was asked for.' },
);

const Timings = Type.Object(
  {
    read: milliseconds('Until the body was here.'),
    queue: milliseconds('Waiting for a worker.'),
    decode: milliseconds('Decoding and resampling the images of the batch.'),
    infer: milliseconds('Running the model on the batch.'),
    post: milliseconds('Turning the output into the answer.'),
    total: milliseconds('From the first byte of the request to the answer.'),
  },
  { title: 'Timings', description: 'Where the time went, in milliseconds.' },
);

const Batch = Type.Object(
  {
    size: Type.Integer({ minimum: 1, description: 'Rows in it, those of other requests included.' }),
    reason: Type.Enum([...REASONS], { description: 'Why it left when it did.' }),
    width: Type.Enum([...WIDTHS], { description: 'Whether it ran on one thread or on all cores.' }),
  },
  { title: 'Batch', description: 'The batch that the request travelled in; of several, the slowest.' },
);

const Prediction = Type.Object(
  {
    class_id: Type.Integer({ minimum: 0 }),
    label: Type.Optional(text('Left out when the model has no labels.')),
    probability: Type.Number({ minimum: 0, maximum: 1 }),
  },
  { title: 'Prediction' },
);

const Predictions = Type.Array(Prediction, { description: 'Most probable first; `top_k` of them.' });

const head = { request_id: text('That of the header `x-request-id`.'), model: ModelReference };
const tail = { timings_ms: Timings, batch: Batch };

export const ImageAnswer = Type.Object(
  { ...head, predictions: Predictions, ...tail },
  { title: 'ImageAnswer', description: 'The classes of one image.' },
);

const ImageResult = Type.Object({ predictions: Predictions }, { title: 'ImageResult' });

const ImageFailure = Type.Object(
  { error: text('A sentence.'), code },
  {
    title: 'ImageFailure',
    description: 'What was wrong with this one image; the others are not touched by it.',
  },
);

export const ImagesAnswer = Type.Object(
  {
    ...head,
    results: Type.Array(Type.Union([ImageResult, ImageFailure]), {
      minItems: 1,
      description: 'One for each image, in the order of the request.',
    }),
    ...tail,
  },
  {
    title: 'ImagesAnswer',
    description:
      'Several images, or a list of one. At least one of them succeeded: otherwise the answer is the error of the first.',
  },
);

const NestedLists = Type.Array(Type.Unknown(), {
  description:
    'Nested lists of [rows, ...shape]. NaN and infinities, which JSON has not, are written as null.',
});

export const RowsAnswer = Type.Object(
  {
    ...head,
    outputs: Type.Object({}, { additionalProperties: NestedLists, description: 'By name of the output.' }),
    ...tail,
  },
  { title: 'RowsAnswer', description: 'The outputs of a model that takes rows.' },
);

const Tensor = Type.Object(
  {
    name: Type.String(),
    datatype: Type.Enum([...DATATYPE_NAMES]),
    shape: Type.Array(Type.Integer({ minimum: -1 }), { description: '-1 stands for the number of rows.' }),
  },
  { title: 'Tensor' },
);

const Version = Type.Object(
  {
    version: Type.String(),
    labels: Type.Array(Type.String(), { description: 'Names that stand for this version in a path.' }),
    state: Type.Enum(STATES),
    reason: Type.Optional(text('Why it is unavailable.')),
    takes: Type.Enum(['images', 'rows']),
    provider: Type.Optional(
      text('The execution provider that runs it; the rest is there once it is loaded.'),
    ),
    max_batch_size: Type.Optional(Type.Integer({ minimum: 1 })),
    inputs: Type.Optional(Type.Array(Tensor)),
    outputs: Type.Optional(Type.Array(Tensor)),
    cost: Type.Optional(Cost),
  },
  { title: 'Version' },
);

export const Model = Type.Object(
  {
    name: Type.String(),
    description: Type.Optional(Type.String()),
    default_version: text('The version that answers when a request names none.'),
    versions: Type.Array(Version),
  },
  { title: 'Model' },
);

export const ModelList = Type.Object(
  { default: text('The model that answers `/v1/predict`.'), models: Type.Array(Model) },
  { title: 'ModelList' },
);

const VersionHealth = Type.Object(
  {
    name: Type.String(),
    version: Type.String(),
    state: Type.Enum(STATES),
    provider: Type.Optional(text('The execution provider that really runs it.')),
    reason: Type.Optional(text('Why it is unavailable.')),
  },
  { title: 'VersionHealth' },
);

const Workers = Type.Object(
  {
    alive: Type.Integer({ minimum: 0 }),
    of: Type.Integer({ minimum: 1 }),
    healthy: Type.Boolean({ description: 'False after repeated deaths.' }),
    wedged: Type.Boolean({ description: 'One runs a batch that will never end.' }),
  },
  { title: 'Workers', description: 'The worker threads.' },
);

const serviceStatus = Type.Enum(['ok', 'starting', 'draining', 'unavailable']);

export const Health = Type.Object(
  { status: serviceStatus, models: Type.Array(VersionHealth), workers: Workers },
  { title: 'Health', description: 'Status is ok when the default model can be used and no part is broken.' },
);

export const Liveness = Type.Object({ status: Type.Enum(['ok', 'wedged']) }, { title: 'Liveness' });
export const Readiness = Type.Object({ status: serviceStatus }, { title: 'Readiness' });
export const Startup = Type.Object({ status: Type.Enum(['ok', 'starting']) }, { title: 'Startup' });

const logLevel = (description: string) => Type.Enum([...LOG_LEVELS], { description });

export const LogLevel = Type.Object(
  { level: logLevel('That holds now.'), before: logLevel('That held before.') },
  { title: 'LogLevel', description: 'How much is logged: this and what is more important.' },
);

export const ErrorAnswer = Type.Object(
  {
    error: text('A sentence for people; it may change.'),
    code,
    retryable: Type.Boolean({ description: 'Whether the same request may succeed if it is sent again.' }),
    request_id: text('That of the header `x-request-id`; the log has it too.'),
    pointer: Type.Optional(text('JSON pointer to the place in the body, the form or the query.')),
  },
  { title: 'Error', description: 'Every error, whatever the route.' },
);

/** The codec's own; it checks by hand that exactly one of the three is there. */
export const ImagesBody: TSchema = {
  ...ClassifyBody,
  title: 'ImagesBody',
  description: 'One image or several, for models that take images: exactly one of image, url and images.',
  oneOf: [{ required: ['image'] }, { required: ['url'] }, { required: ['images'] }],
};

export const RowsBody = Type.Object(
  {
    inputs: Type.Object(
      {},
      {
        additionalProperties: Type.Array(Type.Unknown(), {
          minItems: 1,
          description:
            'Nested lists of [rows, ...shape]; 64-bit integers beyond 2^53 as strings. All inputs have as many rows.',
        }),
        minProperties: 1,
        description: 'By name of the input.',
      },
    ),
  },
  {
    additionalProperties: false,
    title: 'RowsBody',
    description: 'Rows, for models that take rows; every input of the model.',
  },
);

export const FormBody = Type.Object(
  {
    file: Type.Optional(Type.Unsafe({ ...fileBytes, description: 'An image.' })),
    image: Type.Optional(Type.Unsafe({ ...fileBytes, description: 'The same by another name.' })),
    files: Type.Optional(
      Type.Array(Type.Unsafe(fileBytes), {
        description: 'Several images; the answer is a list even for one.',
      }),
    ),
    images: Type.Optional(Type.Array(Type.Unsafe(fileBytes), { description: 'The same by another name.' })),
    top_k: Type.Optional(Type.Integer({ minimum: 1, description: 'How many classes to return.' })),
  },
  {
    title: 'FormBody',
    description:
      'A form of images. A part of any other name is an image too if it has a filename; more than one image makes the answer a list.',
  },
);
