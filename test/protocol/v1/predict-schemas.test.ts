import t from 'tap';
import type { AnswerFacts } from '../../../src/task/task.ts';
import { decodeJsonImages } from '../../../src/protocol/v1/codec/images/json.ts';
import { encodeJsonTensors } from '../../../src/protocol/v1/codec/tensors/outputs.ts';
import { encodeOne, encodeSeveral } from '../../../src/protocol/v1/codec/images/predictions.ts';
import { decodeJsonTensors } from '../../../src/protocol/v1/codec/tensors/tensors.ts';
import { ImageAnswer, ImagesAnswer, RowsAnswer } from '../../../src/protocol/v1/predict-answers.ts';
import { ImagesBody, RowsBody } from '../../../src/protocol/v1/predict-bodies.ts';
import { closed, faultsOf, fits } from '../conformance.ts';
import { bytesOfTexts } from '../../../src/tensor/strings.ts';
import { atOnce } from '../../../src/slices.ts';

const answer: AnswerFacts = {
  requestId: 'r-1',
  model: { name: 'm', version: '1' },
  timings: { read: 0.4, queue: 0, decode: 1.2, infer: 8.4, post: 0.1, total: 10.1 },
  batch: { size: 2, reason: 'idle', width: 'wide' },
};
const scores = { classes: [1, 0], probabilities: [0.75, 0.25] };

t.test('the response to one image conforms to its schema, with labels and without', async (t) => {
  fits(t, ImageAnswer, encodeOne(answer, ['cat', 'dog'], scores));
  fits(t, ImageAnswer, encodeOne(answer, undefined, scores));
});

t.test('the response to several images conforms to its schema, failed ones included', async (t) => {
  const failure = { code: 'NOT_AN_IMAGE', detail: 'No image.' } as const;
  fits(t, ImagesAnswer, encodeSeveral(answer, undefined, [scores, failure]));
});

t.test('the response to rows conforms to its schema', async (t) => {
  const numbers = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);
  const outputs = [
    { name: 'y', datatype: 'FP32', shape: [2, 2], data: numbers },
    { name: 'z', datatype: 'BOOL', shape: [2], data: Uint8Array.of(1, 0) },
    { name: 'scalar', datatype: 'FP32', shape: [], data: numbers.subarray(0, 4) },
    { name: 'text', datatype: 'BYTES', shape: [1], data: bytesOfTexts(['ü']) },
  ] as const;
  fits(t, RowsAnswer, atOnce(encodeJsonTensors(answer, outputs)));
});

t.test('a response with a missing or an extra member does not conform to its schema', async (t) => {
  const { timings_ms: _, ...less } = JSON.parse(encodeOne(answer, undefined, scores)) as Record<
    string,
    unknown
  >;
  t.not(faultsOf(closed(ImageAnswer), less).length, 0);
  const more = { ...(JSON.parse(encodeOne(answer, undefined, scores)) as object), extra: 1 };
  t.not(faultsOf(closed(ImageAnswer), more).length, 0);
});

const tensor = { name: 'x', datatype: 'FP32', shape: [-1, 4] } as const;

const accepted = (decode: () => unknown): boolean => {
  try {
    decode();
    return true;
  } catch {
    return false;
  }
};

t.test('the schema of a body with images accepts exactly what the codec accepts', async (t) => {
  const bodies = [
    { image: 'QUJD' },
    { image: 'QUJD', top_k: 3 },
    { url: 'https://example.org/a.jpg' },
    { images: ['QUJD', 'https://example.org/a.jpg'] },
    {},
    { top_k: 1 },
    { image: 'QUJD', url: 'https://example.org/a.jpg' },
    { image: 'QUJD', images: ['QUJD'] },
    { image: 1 },
    { image: 'QUJD', top_k: 0 },
    { image: 'QUJD', top_k: 1.5 },
    { image: 'QUJD', other: 1 },
    { url: '' },
    ['QUJD'],
  ];
  for (const body of bodies) {
    const text = JSON.stringify(body);
    const taken = accepted(() => decodeJsonImages(Buffer.from(text), { maxImages: 3, classes: 10 }));
    t.equal(faultsOf(ImagesBody, body).length === 0, taken, text);
  }
});

t.test('the schema of a body with rows accepts what the codec accepts, without model checks', async (t) => {
  const bodies = [
    { inputs: { x: [[1, 2, 3, 4]] } },
    { inputs: { x: [] } },
    { inputs: {} },
    { inputs: [[1, 2, 3, 4]] },
    { x: [[1, 2, 3, 4]] },
    { inputs: { x: [[1, 2, 3, 4]] }, top_k: 1 },
  ];
  for (const body of bodies) {
    const text = JSON.stringify(body);
    const taken = accepted(() => decodeJsonTensors(Buffer.from(text), [tensor]));
    t.equal(faultsOf(RowsBody, body).length === 0, taken, text);
  }
});
