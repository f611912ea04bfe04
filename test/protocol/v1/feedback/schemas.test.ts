import t from 'tap';
import {
  ACCURACY,
  AccuracyAnswer,
  FeedbackAnswer,
  TAKEN,
} from '../../../../src/protocol/v1/feedback/schemas.ts';
import { Accuracy } from '../../../../src/quality/accuracy/accuracy.ts';
import { accuracyView } from '../../../../src/quality/accuracy/view.ts';
import { START } from '../../../quality/fixtures/log.ts';
import { fits } from '../../conformance.ts';

t.test(
  'the accuracy of a model conforms to its schema, with everything that may be known and with nothing',
  async (t) => {
    const accuracy = new Accuracy(1e9, () => START);
    const facts = {
      model: 'm',
      days: 30,
      complete: true,
      labelOf: (id: number) => (id > 1 ? undefined : 'cat'),
    };
    const conforms = (): void =>
      fits(t, AccuracyAnswer, JSON.stringify(accuracyView(accuracy.of('m'), facts)));
    conforms();
    const entry = {
      ...{ requestId: 'r', at: START, answeredAt: START, index: 0, model: 'm', version: '1', route: 'split' },
      ...{ by: undefined, predicted: { classId: 1, probability: 0.5 }, label: undefined, more: false },
    };
    accuracy.add({ ...entry, correct: false, classId: 2 });
    accuracy.add({ ...entry, route: undefined, score: 0.5 });
    accuracy.add({ ...entry, version: '2', predicted: undefined, correct: true });
    conforms();
  },
);

t.test('the examples conform', async (t) => {
  fits(t, AccuracyAnswer, JSON.stringify(ACCURACY.value));
  fits(t, FeedbackAnswer, JSON.stringify(TAKEN.value));
});
