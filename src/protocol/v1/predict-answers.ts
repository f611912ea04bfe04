/** Schemas of the answers to predictions; a test compares them with what the encoders write. */
import Type from 'typebox';
import { amount, errorCode, REASONS, text, WIDTHS } from '../schemas.ts';

const ModelReference = Type.Object(
  {
    name: Type.String(),
    version: Type.String(),
    route: Type.Optional(text('Why that version, as the header `x-model-route`.')),
  },
  { title: 'ModelReference', description: 'The model that answered, whatever name or label was asked for.' },
);

const Timings = Type.Object(
  {
    read: amount('Until the body had arrived.'),
    queue: amount('Waiting for a worker.'),
    decode: amount('Decoding and resampling the images of the batch.'),
    infer: amount('Running the model on the batch.'),
    post: amount('Turning the output into the answer.'),
    total: amount('From the first byte of the request to the answer.'),
  },
  { title: 'Timings', description: 'Where the time went, in milliseconds.' },
);

const Batch = Type.Object(
  {
    size: Type.Integer({ minimum: 1, description: 'Rows in the batch, including those of other requests.' }),
    reason: Type.Enum([...REASONS, 'cache'], {
      description:
        'Why it was sent to a worker at that moment; cache: there was no batch, the result was kept.',
    }),
    width: Type.Enum([...WIDTHS], { description: 'Whether it ran on one thread or on all cores.' }),
    device: Type.Optional(
      text('Where it ran, as the option `device` names it; left out where the CPU was asked for.'),
    ),
  },
  { title: 'Batch', description: 'The batch that the request was in; of several the slowest.' },
);

const Prediction = Type.Object(
  {
    class_id: Type.Integer({ minimum: 0 }),
    label: Type.Optional(text('Left out when the model has no labels.')),
    probability: Type.Number({ minimum: 0, maximum: 1 }),
  },
  { title: 'Prediction' },
);

const DefaultedFeature = Type.Object(
  {
    feature: text('As model.json names it.'),
    reason: Type.Enum(['missing', 'stale', 'invalid', 'unavailable'], {
      description:
        'Why the feature store gave no value: it has none, it is too old, the input does not take it, or the store could not be asked.',
    }),
    rows: Type.Array(Type.Integer({ minimum: 0 }), { description: 'Places of the rows, from 0.' }),
  },
  { title: 'DefaultedFeature' },
);

const defaulted = Type.Optional(
  Type.Array(DefaultedFeature, {
    description: 'Features for which a default was taken; there only if the request gave `entities`.',
  }),
);

const Predictions = Type.Array(Prediction, { description: 'Most probable first; `top_k` of them.' });

const head = { request_id: text('The request id of the header `x-request-id`.'), model: ModelReference };
const tail = { timings_ms: Timings, batch: Batch };

const Explanation = Type.Object(
  {
    method: Type.Literal('occlusion'),
    class_id: Type.Integer({ minimum: 0, description: 'The most probable class, which is explained.' }),
    label: Type.Optional(text('Left out when the model has no labels.')),
    probability: Type.Number({ minimum: 0, maximum: 1, description: 'With nothing covered.' }),
    grid: Type.Integer({ minimum: 1, description: 'Cells on each side.' }),
    drops: Type.Array(Type.Array(Type.Number({ minimum: -1, maximum: 1 })), {
      description:
        'By how much the probability falls when that cell is covered, by lines from the top left; negative where it rises.',
    }),
    square: Type.Number({
      minimum: 0,
      maximum: 1,
      description:
        'The grid lies over a square in the middle of the upright image; its side, as a share of the shorter side of the image.',
    }),
    ms: amount('What it took, waiting included; not a part of `timings_ms`.'),
  },
  {
    title: 'Explanation',
    description: 'What the model no longer says when a part of the image is covered by its mean colour.',
  },
);

export const ImageAnswer = Type.Object(
  {
    ...head,
    defaulted_features: defaulted,
    predictions: Predictions,
    explanation: Type.Optional(Explanation),
    ...tail,
  },
  { title: 'ImageAnswer', description: 'The classes of one image.' },
);

const ImageResult = Type.Object({ predictions: Predictions }, { title: 'ImageResult' });

const ImageFailure = Type.Object(
  { error: text('A sentence.'), code: errorCode },
  {
    title: 'ImageFailure',
    description: 'What was wrong with this image; it does not affect the others.',
  },
);

export const ImagesAnswer = Type.Object(
  {
    ...head,
    defaulted_features: defaulted,
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

const Values = Type.Unknown({
  description:
    'Lists nested as the shape says, a value for a scalar. What JSON does not have, NaN and infinities, is an error: NOT_FINITE.',
});

export const RowsAnswer = Type.Object(
  {
    ...head,
    defaulted_features: defaulted,
    outputs: Type.Object({}, { additionalProperties: Values, description: 'By name of the output.' }),
    ...tail,
  },
  { title: 'RowsAnswer', description: 'The outputs of a model that takes tensors.' },
);
