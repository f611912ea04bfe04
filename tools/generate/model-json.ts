/** docs/model-json.md: every key of model.json, from its schema, with examples that a test runs. */
import { GoldenSchema } from '../../src/repository/golden/schema.ts';
import { ModelConfigSchema } from '../../src/repository/model-json/schema.ts';
import { MARKDOWN_NOTE, type Document } from './document.ts';
import { json, sections } from './keys.ts';

export const modelJson: Document = {
  file: 'docs/model-json.md',
  make: () => `${MARKDOWN_NOTE}

# model.json

Settings of a model, in the folder of the model beside its versions:

\`\`\`
models/
  my-model/
    model.json           this file
    labels.txt           names of the classes, where \`labels\` says so
    golden/              questions with known answers, see below
    1/model.onnx         a version: a folder with a whole number
    1/model.onnx.data    weights that the graph keeps in files of their own
    2/model.onnx         the highest number answers, unless \`defaultVersion\` says otherwise
\`\`\`

**Every key is optional, and so is the file**: without it a model takes and gives tensors, as its model.onnx declares them. A key
that is not known is refused with the name that was probably meant, so that no setting is ignored silently; values that
contradict each other, the labels or the file are refused with a JSON pointer to the place. \`ortolan models verify\` says what is
wrong; so do the log, \`/health\` and \`/v1/models\`.

## Keys

${sections(ModelConfigSchema).join('\n\n')}

## Images

What happens to a photograph, in this order:

1. It is decoded to red, green and blue, 8 bits each, and turned as its EXIF orientation says. Transparency is dropped.
2. Its short side is resampled to \`resize\` pixels by \`filter\`, with antialiasing; the long side keeps the proportions.
3. A square of \`crop\` pixels is cut from the middle.
4. An input of type UINT8 gets these pixels, 0 to 255. An input of type FP32 gets \`(pixel / 255 - mean) / std\` by channel: **pixels
   are divided by 255 first**, so \`mean\` and \`std\` lie between 0 and 1, as in torchvision and Hugging Face configurations.
5. The row is channels first or last as the shape of the input says: \`[3, crop, crop]\` or \`[crop, crop, 3]\`.

The first output is the score of each class. It goes through a softmax unless \`postprocess.softmax\` is \`false\`; line 1 of the labels
names class 0. Models that take tensors answer classes as well once they have \`labels\` or \`postprocess\`.

| elsewhere | here |
|---|---|
| torchvision \`Resize(256)\`, \`CenterCrop(224)\` | \`"resize": 256, "crop": 224, "filter": "bilinear"\` |
| torchvision \`Normalize(mean, std)\` behind \`ToTensor()\` | the same \`mean\` and \`std\` |
| Hugging Face \`size.shortest_edge\`, \`crop_size\` | \`resize\`, \`crop\` |
| Hugging Face \`image_mean\`, \`image_std\`, \`resample\` 2 or 3 | \`mean\`, \`std\`, \`filter\` \`bilinear\` or \`bicubic\` |
| \`(x - 127.5) / 127.5\`, for pixels from 0 to 255 | \`"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]\` |
| \`(x - m) / s\`, for pixels from 0 to 255 | \`mean\` is m / 255, \`std\` is s / 255 |

## Two examples

A model that takes tensors: two numbers in, one out, by the name of each in the graph, in batches of at most 32 rows, of which
version 1 answers although there is a version 2.

\`\`\`json
${json(TENSOR_EXAMPLE)}
\`\`\`

A model that takes images, with the preprocessing of torchvision:

\`\`\`json
${json(IMAGE_EXAMPLE)}
\`\`\`

## Golden samples

Questions with known answers, a file each: \`golden/<name>.json\` in the folder of the model, with photographs beside it. A version
that answers one of them differently is not what it was taken for: \`ortolan models verify\` asks all of them, beside comparing
digests and running every size of batch. Take small ones that matter, and let those without \`versions\` be answers that every future
version has to give as well. For the tensor example above, of which only version 1 adds up:

\`\`\`json
${json(GOLDEN_EXAMPLE)}
\`\`\`

${sections(GoldenSchema, 'sample.').join('\n\n')}
`,
};

const TENSOR_EXAMPLE = {
  description: 'Price of a flat by area and rooms',
  inputs: [{ name: 'flat', datatype: 'FP32', shape: [2] }],
  outputs: [{ name: 'price', datatype: 'FP32', shape: [1] }],
  defaultVersion: 1,
  versionLabels: { stable: 1, next: 2 },
  maxBatchSize: 32,
  sloP99Ms: 50,
};

const IMAGE_EXAMPLE = {
  description: 'ResNet, ImageNet-1k',
  preprocess: {
    resize: 256,
    crop: 224,
    filter: 'bilinear',
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
  },
  postprocess: { softmax: true },
  labels: 'labels.txt',
};

const GOLDEN_EXAMPLE = {
  description: 'Fifty square metres, two rooms',
  versions: [1],
  inputs: [{ name: 'flat', datatype: 'FP32', shape: [1, 2], data: [50, 2] }],
  outputs: [{ name: 'price', datatype: 'FP32', shape: [1, 1], data: [52] }],
  tolerance: { absolute: 0.01 },
};
