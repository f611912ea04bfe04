import t from 'tap';
import { checkSamples } from '../../../src/repository/golden/check.ts';
import { parseSample } from '../../../src/repository/golden/sample.ts';
import { readImageHeader, type ImageHeader } from '../../../src/image/header.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ItemResult } from '../../../src/thread/messages.ts';
import type { Payload } from '../../../src/thread/payload.ts';

const NONE = { absolute: 0, relative: 0 };
const spec = (name: string, ...shape: number[]) => ({ name, datatype: 'FP32' as const, shape });
const json = (name: string, data: number[]) => ({ ...spec(name, data.length / 2, 2), data });
const bytes = (data: readonly number[]) => new Uint8Array(Float32Array.from(data).buffer);

const sample = (content: object, name = 's') => ({
  sample: parseSample(JSON.stringify(content), name, 'golden/s.json', NONE),
});
const ROWS = {
  inputs: [spec('a', -1, 2), spec('b', -1, 2)],
  outputs: [spec('y', -1, 2)],
  joins: { rows: true },
};

/** Runs nothing: returns the result, and keeps the payloads. */
function answering(result: ItemResult) {
  const asked: Payload[] = [];
  const run = async (payload: Payload): Promise<ItemResult> => {
    asked.push(payload);
    return result;
  };
  return { asked, run };
}
const outputs = (data: number[]): ItemResult => ({
  kind: 'outputs',
  outputs: [{ shape: [data.length / 2, 2], data: bytes(data) }],
});

t.test('asks tensors in the order of the model, with their rows', async (t) => {
  const { asked, run } = answering(outputs([1, 2, 3, 4]));
  const content = {
    inputs: [json('b', [5, 6, 7, 8]), json('a', [1, 2, 3, 4])],
    outputs: [json('y', [1, 2, 3, 4])],
  };
  t.strictSame(await checkSamples([sample(content)], ROWS, false, run), [{ name: 's' }]);
  t.match(asked, [
    { kind: 'tensors', rows: 2, inputs: [{ data: bytes([1, 2, 3, 4]) }, { data: bytes([5, 6, 7, 8]) }] },
  ]);
});

t.test('asks a version whose rows are not joined as one', async (t) => {
  const { asked, run } = answering(outputs([1, 2, 3, 4]));
  const content = {
    inputs: [json('a', [1, 2, 3, 4]), json('b', [1, 2, 3, 4])],
    outputs: [json('y', [1, 2, 3, 4])],
  };
  await checkSamples([sample(content)], { ...ROWS, joins: { rows: false } }, false, run);
  t.match(asked, [{ rows: 1 }]);
});

t.test('goes on after a sample that is answered wrongly, or that the version does not take', async (t) => {
  const { run } = answering(outputs([1, 2]));
  const both = [json('a', [1, 2]), json('b', [1, 2])];
  const samples = [
    sample({ inputs: both, outputs: [json('y', [1, 3])] }, 'wrong'),
    sample({ inputs: [json('a', [1, 2])], outputs: [json('y', [1, 2])] }, 'missing'),
    sample({ inputs: both, outputs: [json('y', [1, 2])] }, 'right'),
  ];
  t.match(await checkSamples(samples, ROWS, false, run), [
    { name: 'wrong', fault: 'output y[0, 1] is 2, not 3 (exactly)' },
    { name: 'missing', fault: /input b is missing/ },
    { name: 'right', fault: undefined },
  ]);
});

const IMAGES = { inputs: [spec('i', -1, 3, 8, 8)], outputs: [spec('scores', -1, 5)], joins: { rows: true } };
const photo = readFileSync(join(import.meta.dirname, '../../fixtures/photos/cat.jpg'));
const photograph = { bytes: photo, header: readImageHeader(photo) as ImageHeader };
const ofImage = (answer: object) => ({ ...sample({ image: 'a.jpg', ...answer }), photograph });
const predictions = [{ class_id: 4, probability: 0.5 }];

t.test('asks a photograph for all classes, or for the outputs as they are', async (t) => {
  const { asked, run } = answering({ kind: 'classes', classes: [4], probabilities: [0.5] });
  const samples = [ofImage({ predictions }), ofImage({ outputs: [json('scores', [1, 2])] })];
  t.match(await checkSamples(samples, IMAGES, true, run), [
    { fault: undefined },
    { fault: 'it gives classes, not outputs' },
  ]);
  t.match(asked, [
    { kind: 'image', rows: 1, topK: 5 },
    { kind: 'image', topK: undefined },
  ]);
});

t.test('says that the model takes no image, or nothing else', async (t) => {
  const { asked, run } = answering(outputs([1, 2]));
  const tensors = sample({ inputs: [json('a', [1, 2])], outputs: [json('y', [1, 2])] });
  t.match(await checkSamples([ofImage({ predictions })], ROWS, false, run), [
    { fault: /the model takes none/ },
  ]);
  t.match(await checkSamples([tensors], IMAGES, true, run), [{ fault: /the model takes images/ }]);
  t.strictSame(asked, []);
});
