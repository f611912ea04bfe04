import t from 'tap';
import { parseModelConfig } from '../../../src/repository/model-config.ts';

const sound = { resize: 256, crop: 224, filter: 'bicubic', mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };

const remedies: [string, object, string][] = [
  [
    'means of pixels from 0 to 255',
    { mean: [123.7, 116.3, 103.5] },
    '/preprocess/mean is [123.7,116.3,103.5], for pixels from 0 to 255; here pixels are from 0 to 1, so divide by 255: [0.485, 0.456, 0.406]',
  ],
  [
    'such means of pixels that keep their scale',
    { mean: [123.7, 116.3, 103.5], std: [1, 1, 1] },
    '/preprocess/mean is [123.7,116.3,103.5], for pixels from 0 to 255; here pixels are from 0 to 1, so divide by 255: [0.485, 0.456, 0.406], and set std to [0.00392, 0.00392, 0.00392]',
  ],
  [
    'deviations of pixels from 0 to 255',
    { std: [58.4, 57.1, 57.4] },
    '/preprocess/std is [58.4,57.1,57.4], for pixels from 0 to 255; here pixels are from 0 to 1, so divide by 255: [0.229, 0.224, 0.225]',
  ],
  [
    'one mean for all channels',
    { mean: 0.45 },
    '/preprocess/mean is 0.45: it needs three numbers, for red, green and blue: [0.45, 0.45, 0.45]',
  ],
  [
    'a list of one mean, of pixels from 0 to 255',
    { mean: [127.5] },
    '/preprocess/mean is [127.5], for pixels from 0 to 255; here pixels are from 0 to 1, so divide by 255: [0.5, 0.5, 0.5]',
  ],
  [
    'a mean for a fourth channel',
    { mean: [0.5, 0.5, 0.5, 0.5] },
    '/preprocess/mean is [0.5,0.5,0.5,0.5]: it needs three numbers, for red, green and blue',
  ],
  [
    'a mean below 0, of which it is not clear what it is of',
    { mean: [-124, 0.5, 124] },
    '/preprocess/mean/0 must be >= 0; model.json#/preprocess/mean/2 must be <= 1',
  ],
  ['a side that is too long', { resize: 9000 }, '/preprocess/resize must be <= 8192'],
  ['two equal sides', { crop: [224, 224] }, '/preprocess/crop is [224,224], and has to be one number: 224'],
  [
    'sides by their names',
    { crop: { height: 224, width: 224 } },
    '/preprocess/crop is {"height":224,"width":224}, and has to be one number: 224',
  ],
  [
    'a crop that is no square',
    { crop: [224, 320] },
    '/preprocess/crop is [224,320], and has to be one number: images are cropped to squares',
  ],
  ['a number as text', { resize: '256' }, '/preprocess/resize is "256", and has to be one number: 256'],
  [
    'a filter by its name elsewhere',
    { filter: 'InterpolationMode.BILINEAR' },
    '/preprocess/filter is "InterpolationMode.BILINEAR", and has to be "bicubic" or "bilinear": write "bilinear"',
  ],
  [
    'a filter by its number in PIL',
    { filter: 3 },
    '/preprocess/filter is 3, and has to be "bicubic" or "bilinear": write "bicubic"',
  ],
  [
    'a field by its name elsewhere',
    { image_mean: [0.5, 0.5, 0.5] },
    '/preprocess/image_mean is an unknown field (did you mean mean?)',
  ],
  [
    'fields that are missing',
    { crop: undefined, filter: undefined },
    '/preprocess needs crop (the side of the square that the model takes) and filter (bicubic or bilinear)',
  ],
];
for (const [what, fields, sentence] of remedies) {
  t.test(`says what to write for ${what}`, (t) => {
    const text = JSON.stringify({ preprocess: { ...sound, ...fields } });
    t.throws(() => parseModelConfig(text, 'model.json'), { message: `model.json#${sentence}` });
    t.end();
  });
}

t.test('says that preprocess is no object', (t) => {
  t.throws(() => parseModelConfig('{"preprocess": "imagenet"}', 'model.json'), {
    message: 'model.json#/preprocess must be object',
  });
  t.end();
});
