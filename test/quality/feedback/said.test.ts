import t from 'tap';
import { itemAt, verdictOf } from '../../../src/quality/feedback/said.ts';

const item = { index: 0, classes: [2, 0], probabilities: [0.7, 0.2] };
const model = { item, ofClasses: 4, labels: ['cat', 'crane', 'dog', 'crane'] };

t.test('a label, a class and a plain verdict say whether the most probable class was right', async (t) => {
  t.strictSame(verdictOf({ label: 'dog' }, model), { correct: true, classId: 2 });
  t.strictSame(verdictOf({ label: 'cat' }, model), { correct: false, classId: 0 });
  t.strictSame(verdictOf({ classId: 3 }, model), { correct: false, classId: 3 });
  t.strictSame(verdictOf({ correct: true }, model), { correct: true, classId: 2 });
  t.strictSame(verdictOf({ correct: false }, model), { correct: false, classId: undefined });
  t.strictSame(verdictOf({ score: 0.3 }, model), { score: 0.3 });
});

t.test(
  'a label that is none, or of two classes, and a class out of range are refused with a remedy',
  async (t) => {
    const refused = (said: object, pointer: string, message: RegExp, of: object = {}): void =>
      void t.throws(() => verdictOf(said, { ...model, ...of }), { code: 'BAD_FIELD', pointer, message });
    refused({ label: 'zebra' }, '/label', /no such label/);
    refused({ label: 'crane' }, '/label', /class 1 and of class 3: send class_id/);
    refused({ label: 'dog' }, '/label', /no labels: send class_id/, { labels: undefined });
    refused({ classId: 4 }, '/class_id', /at most 3/);
    refused({ classId: 0 }, '/class_id', /send correct or score/, {
      item: { index: 0, classes: [], probabilities: [] },
    });
  },
);

t.test('a model that does not classify takes a plain verdict and a score', async (t) => {
  const plain = { item: { index: 0, classes: [], probabilities: [] }, ofClasses: 0, labels: undefined };
  t.strictSame(verdictOf({ correct: true }, plain), { correct: true, classId: undefined });
  t.strictSame(verdictOf({ score: 1 }, plain), { score: 1 });
});

t.test('one of several answers has to be named, and has to be there', async (t) => {
  const items = [item, { ...item, index: 2 }];
  t.equal(itemAt([item], undefined), item);
  t.equal(itemAt(items, 2), items[1]);
  t.throws(() => itemAt(items, undefined), { code: 'BAD_FIELD', pointer: '/index' });
  t.throws(() => itemAt(items, 1), { code: 'BAD_FIELD', pointer: '/index' });
});
