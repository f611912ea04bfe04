import t from 'tap';
import { ModelError } from '../../src/repository/model-error.ts';
import { parseModelConfig } from '../../src/repository/model-config.ts';

const DIGEST = 'a'.repeat(64);
const parse = (content: unknown) => parseModelConfig(JSON.stringify(content), 'm/model.json');

t.test('takes a whole configuration as it is', (t) => {
  const content = {
    description: 'A net',
    inputs: [{ name: 'image', datatype: 'UINT8', shape: [224, 224, 3] }],
    outputs: [{ name: 'logits', datatype: 'FP32', shape: [1000] }],
    preprocess: { resize: 256, crop: 224, filter: 'bicubic', mean: [0, 0, 0], std: [1, 1, 1] },
    postprocess: { softmax: true },
    labels: 'labels.txt',
    defaultVersion: 1,
    versionLabels: { stable: 1, int8: 2 },
    versionPolicy: { latest: 2 },
    maxBatchSize: 4,
    batching: 'auto',
    residency: 'pinned',
    golden: { absolute: 0.01 },
    sloP99Ms: 50,
    maxQueueDelayMs: 0,
    sha256: { 1: DIGEST, 2: { 'model.onnx': DIGEST, 'sub/model.onnx.data': DIGEST } },
    source: { url: 'https://example.org/net.onnx', sha256: DIGEST, bytes: 3 },
  };
  t.strictSame(parse(content), content);
  t.end();
});

t.test('requires nothing', (t) => {
  t.strictSame(parse({}), {});
  t.end();
});

const faults: [string, unknown, string][] = [
  [
    'an unknown field, and suggests the right one',
    { input: [] },
    '/input is an unknown field (did you mean inputs?)',
  ],
  [
    'an unknown field deep inside',
    { preprocess: { resize: 2, crop: 1, filter: 'bicubic', means: [] } },
    '/preprocess/means is an unknown field (did you mean mean?)',
  ],
  [
    'a value outside a list',
    { preprocess: { resize: 2, crop: 1, filter: 'box' } },
    '/preprocess/filter is "box", and has to be "bicubic" or "bilinear"',
  ],
  ['an objective that nothing can meet', { sloP99Ms: 0 }, '/sloP99Ms must be >= 1'],
  ['a digest that is none', { sha256: { 1: 'abc' } }, '/sha256/1 has to be a digest of 64 lower-case'],
  [
    'a digest of a file that is none',
    { sha256: { 1: { 'model.onnx': DIGEST, 'model.onnx.data': 7 } } },
    '/sha256/1 has to be a digest of 64 lower-case',
  ],
  ['another policy', { versionPolicy: { newest: 2 } }, '/versionPolicy has to be "all", {"latest": 2} or'],
  ['a version of which no file has a digest', { sha256: { 1: {} } }, '/sha256/1 has to be a digest of'],
  ['a digest of no version', { sha256: { latest: DIGEST } }, '/sha256/latest is an unknown field'],
  [
    'a version label that looks like a version',
    { versionLabels: { 2: 1 } },
    '/versionLabels/2 is an unknown field',
  ],
  [
    'a shape with a dimension that is not fixed',
    { inputs: [{ name: 'x', datatype: 'FP32', shape: [-1] }] },
    '/inputs/0/shape/0 must be >= 1',
  ],
];
for (const [what, content, sentence] of faults) {
  t.test(`refuses ${what}, naming file and place`, (t) => {
    try {
      parse(content);
      t.fail('was taken');
    } catch (error) {
      t.ok(error instanceof ModelError);
      t.ok((error as Error).message.startsWith(`m/model.json#${sentence}`), (error as Error).message);
    }
    t.end();
  });
}

t.test('tells all faults at once', (t) => {
  t.throws(() => parse({ maxBatchSize: 0, labels: '' }), { message: /#\/labels .*; .*#\/maxBatchSize / });
  t.end();
});

t.test('says that a text is not JSON', (t) => {
  t.throws(() => parseModelConfig('{', 'm/model.json'), { message: /^m\/model\.json is not valid JSON/ });
  t.end();
});
