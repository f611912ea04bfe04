/** How an image becomes a row of the model's input: the key `preprocess`. */
import Type from 'typebox';

/** A key that is not known is a fault. */
export const closed = { additionalProperties: false } as const;

const channels = (
  bounds: { minimum?: number; exclusiveMinimum?: number },
  description: string,
  normal: string,
) =>
  Type.Array(Type.Number({ ...bounds, maximum: 1 }), {
    minItems: 3,
    maxItems: 3,
    unit: 'share of 255',
    takes: 'three numbers, for red, green and blue',
    default: normal,
    description,
  });

const Sanitise = Type.Object(
  {
    jpegQuality: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 100,
        default: 'the crop is not compressed again',
        description:
          'The crop is compressed as a JPEG of this quality and decoded again; 75 is usual for this.',
      }),
    ),
    bits: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 7,
        default: '8',
        description: 'Each channel of a pixel is rounded to so many bits; 4 or 5 are usual for this.',
      }),
    ),
    detectAbove: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 2,
        default: 'the sanitised image gives the answer',
        description:
          'The image as it is gives the answer, and is run again sanitised. Where the sum of the changes of all probabilities is above ' +
          'this, the answer says so in `x-suspect-images`, and the log in `suspect_images`; nothing is refused. Twice the time.',
      }),
    ),
  },
  {
    ...closed,
    minProperties: 1,
    default: 'off',
    description:
      'Removes what cannot be seen from an image before the model sees it, which makes tampering that was made for the bare model ' +
      'less likely to work, and costs accuracy and time (docs/security.md). No defence against who knows of it.',
  },
);

export const Preprocess = Type.Object(
  {
    resize: Type.Integer({
      minimum: 1,
      maximum: 8192,
      unit: 'pixels',
      description: 'The **short** side after resampling; the long side keeps the proportions.',
    }),
    crop: Type.Integer({
      minimum: 1,
      maximum: 8192,
      unit: 'pixels',
      description: 'The side of the square that is cut from the middle: height and width of the input.',
    }),
    filter: Type.Enum(['bicubic', 'bilinear'], {
      description: 'Resampling with antialiasing, as Pillow and torchvision do it.',
    }),
    mean: Type.Optional(
      channels(
        { minimum: 0 },
        'For inputs of floats: pixels are divided by 255 **before** the mean is subtracted, so it lies between 0 and 1. A ' +
          'mean near 124 is meant for pixels from 0 to 255: divide it by 255. Needs `std`.',
        '0, 0, 0',
      ),
    ),
    std: Type.Optional(
      channels(
        { exclusiveMinimum: 0 },
        'The input is (pixel / 255 - mean) / std. Needs `mean`; both are refused for inputs of bytes, which get the ' +
          'pixels as they are.',
        '1, 1, 1',
      ),
    ),
    sanitise: Type.Optional(Sanitise),
  },
  {
    ...closed,
    default: 'none: the model takes tensors',
    description:
      'Makes it a model that takes images: JPEG, PNG and WebP are decoded, turned as their orientation says, resampled, cut ' +
      'and normalised. Whether the input is channels first (`[3, crop, crop]`) or last (`[crop, crop, 3]`) is read from its ' +
      'shape; channels are red, green, blue.',
  },
);
