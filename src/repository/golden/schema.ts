/** The schema of a golden sample: a question with its known answer, in `golden/<name>.json` of a model's folder. */
import Type, { type Static } from 'typebox';
import { DATATYPE_NAMES } from '../../tensor/tensor.ts';
import { Tolerance } from '../model-json/schema.ts';

const closed = { additionalProperties: false } as const;

const TensorJson = Type.Object(
  {
    name: Type.String({ minLength: 1, description: 'Its name in the model.' }),
    datatype: Type.Enum([...DATATYPE_NAMES], {
      description: 'As in a request of the Open Inference Protocol.',
    }),
    shape: Type.Array(Type.Integer({ minimum: 0 }), {
      maxItems: 16,
      unit: 'elements',
      description: 'Its whole shape, with the batch axis where there is one.',
    }),
    data: Type.Array(Type.Unknown(), {
      takes: 'list of numbers, booleans or texts, flat or nested as the shape says',
      description: 'Its elements in row-major order. Integers beyond 2^53 are texts; BYTES are texts.',
    }),
  },
  closed,
);

const Prediction = Type.Object(
  {
    class_id: Type.Integer({ minimum: 0, description: 'The index of the class.' }),
    label: Type.Optional(Type.String({ description: 'Its name, for people; not compared.' })),
    probability: Type.Number({ description: 'How probable it is to be.' }),
  },
  closed,
);

export const GoldenSchema = Type.Object(
  {
    description: Type.Optional(Type.String({ description: 'A text for people.' })),
    versions: Type.Optional(
      Type.Array(Type.Integer({ minimum: 1 }), {
        minItems: 1,
        default: 'every version',
        description: 'The versions that have to answer this. Without it new versions have to as well.',
      }),
    ),
    image: Type.Optional(
      Type.String({
        minLength: 1,
        takes: 'the name of a file in the folder `golden`',
        description: 'A photograph, for a model that takes images.',
      }),
    ),
    inputs: Type.Optional(
      Type.Array(TensorJson, {
        minItems: 1,
        description: 'The inputs, for other models: `inputs` of a request of the Open Inference Protocol.',
      }),
    ),
    predictions: Type.Optional(
      Type.Array(Prediction, {
        minItems: 1,
        description:
          'Classes that a photograph has to get, as `/v1/predict` answers them; classes that are not listed are not compared.',
      }),
    ),
    outputs: Type.Optional(
      Type.Array(TensorJson, {
        minItems: 1,
        description: 'Outputs that the model has to give; those that are not listed are not compared.',
      }),
    ),
    tolerance: Type.Optional({
      ...Tolerance,
      takes: '`{"absolute": 0.01, "relative": 0}`, or one of both',
      default: '`golden` of model.json',
      description: 'How far answers may be from these.',
    }),
  },
  closed,
);

export type GoldenJson = Readonly<Static<typeof GoldenSchema>>;
export type TensorText = Readonly<Static<typeof TensorJson>>;
