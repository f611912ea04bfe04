/** Schemas of the bodies of predictions. That of images is the codec's own. */
import Type, { type TSchema } from 'typebox';
import { ClassifyBody } from './codec/images/json.ts';

const fileBytes = { type: 'string', format: 'binary', contentMediaType: 'application/octet-stream' } as const;

/** The codec checks by hand that exactly one of the three is there. */
export const ImagesBody: TSchema = {
  ...ClassifyBody,
  title: 'ImagesBody',
  description: 'One image or several, for models that take images: exactly one of image, url and images.',
  oneOf: [{ required: ['image'] }, { required: ['url'] }, { required: ['images'] }],
};

export const RowsBody = Type.Object(
  {
    inputs: Type.Optional(
      Type.Object(
        {},
        {
          additionalProperties: Type.Unknown({
            description:
              'Lists nested as the shape says, a value for a scalar; 64-bit integers beyond 2^53 as strings. FP16 has no form in JSON.',
          }),
          minProperties: 1,
          description: 'By name of the input; without those that are filled by features.',
        },
      ),
    ),
    entities: Type.Optional(
      Type.Object(
        {},
        {
          additionalProperties: Type.Unknown({ description: 'A list with the key of each row, or one key.' }),
          minProperties: 1,
          description:
            'For models whose model.json has `features`: by name of the key. The server gets the features of these and fills inputs with them.',
        },
      ),
    ),
  },
  {
    additionalProperties: false,
    anyOf: [{ required: ['inputs'] }, { required: ['entities'] }],
    title: 'RowsBody',
    description:
      'Tensors, for models without image preprocessing: every input of the model, or the entities that inputs are filled for.',
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
