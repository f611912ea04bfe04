import t from 'tap';
import { contradictions } from '../../src/repository/consistency.ts';

const image = { name: 'image', datatype: 'UINT8', shape: [224, 224, 3] } as const;
const preprocess = { resize: 256, crop: 224, filter: 'bicubic' } as const;
const mean = [0.5, 0.5, 0.5];

const check = (config: object, versions = ['1'], labels?: string[]): string[] =>
  contradictions(config, { served: versions, onDisk: [...versions, '9'] }, labels);

const sound: [string, object][] = [
  ['nothing at all', {}],
  ['pixels last', { preprocess, inputs: [image] }],
  [
    'channels first in float',
    {
      preprocess: { ...preprocess, mean, std: mean },
      inputs: [{ ...image, datatype: 'FP32', shape: [3, 224, 224] }],
    },
  ],
  ['inputs that the file will tell', { preprocess: { ...preprocess, mean, std: mean } }],
];
for (const [what, config] of sound) {
  t.test(`agrees with ${what}`, (t) => {
    t.strictSame(check(config), []);
    t.end();
  });
}

const wrong: [string, object, RegExp][] = [
  [
    'a crop larger than the resize',
    { preprocess: { ...preprocess, resize: 200 } },
    /\/preprocess\/crop is 224, more than resize \(200\): set resize to 224 or more, or crop to 200 or less$/,
  ],
  [
    'a crop larger than the resize, and what the input wants',
    { preprocess: { ...preprocess, resize: 200 }, inputs: [image] },
    /\/preprocess\/crop is 224, more than resize \(200\): set resize to 224 or more$/,
  ],
  [
    'a threshold of what is not sanitised',
    { preprocess: { ...preprocess, sanitise: { detectAbove: 1 } } },
    /jpegQuality or bits/,
  ],
  ['a mean without std', { preprocess: { ...preprocess, mean } }, /mean and std, or neither/],
  ['two inputs for images', { preprocess, inputs: [image, image] }, /one input to take images, not 2/],
  [
    'a shape of another crop',
    { preprocess, inputs: [{ ...image, shape: [64, 64, 3] }] },
    /\/preprocess\/crop is 224, but input image takes 64 x 64 pixels: set crop to 64, and resize to 73/,
  ],
  [
    'an integer input that is not UINT8',
    { preprocess, inputs: [{ ...image, datatype: 'INT8' }] },
    /UINT8 or FP32/,
  ],
  [
    'normalisation of a UINT8 input',
    { preprocess: { ...preprocess, mean, std: mean }, inputs: [image] },
    /are for FP32 inputs/,
  ],
  [
    'a default version that the policy leaves out',
    { defaultVersion: 9 },
    /\/defaultVersion is 9, but versionPolicy serves only 1/,
  ],
  ['a default version that is not there', { defaultVersion: 2 }, /\/defaultVersion is 2, but there is 1/],
  [
    'a label of a version that is not there',
    { versionLabels: { int8: 2 } },
    /\/versionLabels\/int8 points at 2/,
  ],
];
for (const [what, config, pattern] of wrong) {
  t.test(`finds ${what}`, (t) => {
    t.match(check(config), [pattern]);
    t.end();
  });
}

t.test('finds labels of an output that holds no scores', (t) => {
  const outputs = [{ name: 'label', datatype: 'INT64', shape: [2] }];
  t.match(check({ labels: 'l.txt', outputs }, ['1'], ['a', 'b']), [
    /output label is INT64: list the output with the scores/,
  ]);
  t.end();
});

t.test('finds labels that are not one a class', (t) => {
  const outputs = [{ name: 'y', datatype: 'FP32', shape: [3] }];
  t.match(check({ outputs }, ['1'], ['a', 'b']), [
    /has 2 names, but output y has 3 classes: one line a class/,
  ]);
  t.strictSame(check({ outputs }, ['1'], ['a', 'b', 'c']), []);
  t.end();
});
