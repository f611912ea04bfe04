import fc from 'fast-check';
import t from 'tap';
import type { AnswerFacts } from '../../../../../src/task/task.ts';
import { encodeOne, encodeSeveral } from '../../../../../src/protocol/v1/codec/images/predictions.ts';

const answer: AnswerFacts = {
  requestId: 'r-1',
  model: { name: 'efficientnet-lite0', version: '1' },
  timings: { read: 0.4, queue: 0, decode: 1.234, infer: 8.4, post: 0.1, total: 10.138 },
  batch: { size: 1, reason: 'idle', width: 'wide' },
};
const BEHIND =
  '"timings_ms":{"read":0.4,"queue":0,"decode":1.23,"infer":8.4,"post":0.1,"total":10.14},"batch":{"size":1,"reason":"idle","width":"wide"}}';
const labels = ['tabby', 'tiger "cat"'];

t.test('the response to one image has its predictions, to the byte', async (t) => {
  t.equal(
    encodeOne(answer, labels, { classes: [1, 0], probabilities: [0.38661234, 0.1] }),
    '{"request_id":"r-1","model":{"name":"efficientnet-lite0","version":"1"},"predictions":[' +
      '{"class_id":1,"label":"tiger \\"cat\\"","probability":0.386612},' +
      `{"class_id":0,"label":"tabby","probability":0.1}],${BEHIND}`,
  );
});

t.test('several images have results in order, a bad one only an error', async (t) => {
  t.equal(
    encodeSeveral(answer, labels, [
      { classes: [0], probabilities: [1] },
      { code: 'IMAGE_TRUNCATED', detail: 'The image ends early.' },
    ]),
    '{"request_id":"r-1","model":{"name":"efficientnet-lite0","version":"1"},"results":[' +
      '{"predictions":[{"class_id":0,"label":"tabby","probability":1}]},' +
      `{"error":"The image ends early.","code":"IMAGE_TRUNCATED"}],${BEHIND}`,
  );
});

t.test('a class without a label is given by its number only', async (t) => {
  for (const none of [undefined, ['only one']]) {
    const parsed = JSON.parse(encodeOne(answer, none, { classes: [7], probabilities: [0.5] })) as object;
    t.strictSame((parsed as { predictions: unknown }).predictions, [{ class_id: 7, probability: 0.5 }]);
  }
});

t.test('a probability is rounded to a millionth, and never written with an exponent', async () => {
  fc.assert(
    fc.property(fc.float({ min: 0, max: 1, noNaN: true }), (probability) => {
      const json = encodeOne(answer, undefined, { classes: [0], probabilities: [probability] });
      const [, text = ''] = /"probability":([^}]+)}/.exec(json) ?? [];
      return /^[01](\.\d{1,6})?$/.test(text) && Math.abs(Number(text) - probability) <= 0.5000001e-6;
    }),
  );
});
