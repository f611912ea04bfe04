/** Schemas and examples of inference requests and answers. The codec checks requests by hand, with places. */
import Type from 'typebox';
import { DATATYPE_NAMES } from '../../tensor/tensor.ts';
import type { Example } from '../description.ts';
import { MODEL, text } from '../schemas.ts';

const datatype = Type.Enum([...DATATYPE_NAMES]);
const shape = Type.Array(Type.Integer({ minimum: 0 }));
const InputTensor = Type.Object(
  {
    name: Type.String(),
    datatype,
    shape,
    parameters: Type.Optional(
      Type.Object(
        {
          binary_data_size: Type.Optional(
            Type.Integer({ minimum: 0, description: 'Bytes of it behind the JSON, instead of `data`.' }),
          ),
          content_type: Type.Optional(text('`base64`: the texts of BYTES are base64.')),
        },
        { additionalProperties: true },
      ),
    ),
    data: Type.Optional(
      Type.Array(Type.Unknown(), {
        description:
          'A flat list in row-major order, or lists nested as the shape. 64-bit integers beyond 2^53 also as strings; FP16 only in binary.',
      }),
    ),
  },
  { title: 'OipInput' },
);

const WantedTensor = Type.Object(
  {
    name: Type.String(),
    parameters: Type.Optional(
      Type.Object(
        {
          binary_data: Type.Optional(Type.Boolean({ description: 'Behind the JSON of the answer.' })),
          classification: Type.Optional(
            Type.Integer({
              minimum: 0,
              description:
                'So many of its largest elements of each row, as texts `value:index:label`, instead of the elements.',
            }),
          ),
        },
        { additionalProperties: true },
      ),
    ),
  },
  { title: 'OipWantedOutput' },
);

export const InferBody = Type.Object(
  {
    id: Type.Optional(text('Returned as it is.')),
    parameters: Type.Optional(
      Type.Object(
        {
          timeout: Type.Optional(
            Type.Integer({
              minimum: 0,
              description:
                'Deadline from the arrival of the request, in microseconds; 0: none. As `x-request-timeout-ms`, the shorter of the two applies.',
            }),
          ),
          priority: Type.Optional(
            Type.Integer({
              minimum: 0,
              description:
                'Order in the queue of the model: 1 before 2, which is the default and the same as 0, before 3 and above.',
            }),
          ),
          binary_data_output: Type.Optional(
            Type.Boolean({ description: 'Outputs that do not say are binary.' }),
          ),
        },
        {
          additionalProperties: true,
          description: 'Others are ignored, but for `sequence_id` and `triton_…`.',
        },
      ),
    ),
    inputs: Type.Array(InputTensor, { minItems: 1, description: 'All of the model, in any order.' }),
    outputs: Type.Optional(
      Type.Array(WantedTensor, { description: 'All of the model, when it is left out.' }),
    ),
  },
  { additionalProperties: true, title: 'OipInferRequest' },
);

const OutputTensor = Type.Object(
  {
    name: Type.String(),
    datatype,
    shape,
    data: Type.Optional(Type.Array(Type.Unknown(), { description: 'A flat list in row-major order.' })),
    parameters: Type.Optional(
      Type.Object({ binary_data_size: Type.Integer({ minimum: 0 }) }, { description: 'Of a binary output.' }),
    ),
  },
  { title: 'OipOutput' },
);

export const InferAnswer = Type.Object(
  {
    id: Type.Optional(Type.String()),
    model_name: Type.String(),
    model_version: Type.String(),
    outputs: Type.Array(OutputTensor),
  },
  { title: 'OipInferAnswer' },
);

/** One green pixel as WebP: the shortest image that can be pasted. */
const PIXEL = 'UklGRh4AAABXRUJQVlA4TBEAAAAvAAAAAAdQ1RL1rv+BiOh/AAA=';

const IMAGE = {
  name: 'image',
  datatype: 'BYTES',
  shape: [1],
  parameters: { content_type: 'base64' },
  data: [PIXEL],
} as const;
const X = { name: 'x', datatype: 'FP32', shape: [2, 4] } as const;

export const REQUESTS = {
  oipTensor: {
    summary: 'Two rows of four numbers, for a model with one input x',
    value: {
      id: '42',
      parameters: { timeout: 500_000 },
      inputs: [{ ...X, data: [5.1, 3.5, 1.4, 0.2, 6.2, 2.9, 4.3, 1.3] }],
    },
  },
  oipImage: { summary: 'An image as base64', value: { inputs: [IMAGE] } },
  oipImageClasses: {
    summary: 'The same, and its two best classes',
    value: {
      inputs: [IMAGE],
      outputs: [{ name: 'logits', parameters: { classification: 2 } }],
    },
  },
} as const satisfies Record<string, Example>;

export const ANSWERS = {
  oipTensorAnswer: {
    summary: 'Two rows, for a model with one output y',
    value: {
      id: '42',
      model_name: 'iris',
      model_version: '1',
      outputs: [{ name: 'y', datatype: 'FP32', shape: [2, 3], data: [0.98, 0.02, 0, 0.01, 0.93, 0.06] }],
    },
  },
  oipClasses: {
    summary: 'The two best classes of an image',
    value: {
      model_name: MODEL.name,
      model_version: MODEL.version,
      outputs: [
        {
          name: 'logits',
          datatype: 'BYTES',
          shape: [1, 2],
          data: ['8.115234:282:tiger cat', '7.979236:285:Egyptian cat'],
        },
      ],
    },
  },
} as const satisfies Record<string, Example>;
