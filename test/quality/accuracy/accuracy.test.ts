import t from 'tap';
import { Accuracy } from '../../../src/quality/accuracy/accuracy.ts';
import { gaugesOf } from '../../../src/quality/accuracy/gauges.ts';
import { accuracyView } from '../../../src/quality/accuracy/view.ts';
import type { FeedbackEntry } from '../../../src/quality/feedback/entry.ts';
import { DAY_MS, START } from '../fixtures/log.ts';

const ENTRY: FeedbackEntry = {
  ...{
    requestId: 'r',
    at: START,
    answeredAt: START,
    index: 0,
    model: 'pets',
    version: '1',
    route: undefined,
  },
  ...{ by: undefined, predicted: { classId: 1, probability: 0.8 }, label: undefined, more: false },
  ...{ correct: true, classId: 1 },
};
const wrong = { correct: false, classId: 2 };
const FACTS = { model: 'pets', days: 30, complete: true, labelOf: (id: number) => ['cat', 'dog'][id] };

function counted(entries: readonly Partial<FeedbackEntry>[], now = () => START) {
  const accuracy = new Accuracy(30 * DAY_MS, now);
  for (const entry of entries) accuracy.add({ ...ENTRY, ...entry });
  return accuracy;
}

interface Part {
  readonly accuracy: { readonly value?: number; readonly n: number; readonly low: number };
  readonly calibration_error?: number;
}
interface View {
  readonly versions: readonly (Part & {
    readonly version: string;
    readonly confusions: readonly object[];
    readonly routes: readonly (Part & { readonly route: string })[];
    readonly by_day: readonly (Part & { readonly day: string })[];
    readonly score?: object;
  })[];
}
const viewOf = (accuracy: Accuracy): View => accuracyView(accuracy.of('pets'), FACTS) as View;

t.test('versions, routes and days are counted by themselves, with Wilson’s interval', async (t) => {
  const { versions } = viewOf(
    counted([
      ...Array<Partial<FeedbackEntry>>(9).fill({}),
      wrong,
      { ...wrong, route: 'split', answeredAt: START - DAY_MS },
      { version: '2' },
    ]),
  );
  const [first, second] = versions;
  t.match(first!.accuracy, { n: 11, value: 0.818182 });
  t.match(second!.accuracy, { n: 1, value: 1 });
  t.match(
    first!.routes.map(({ route, accuracy: { n } }) => [route, n]),
    [
      ['default', 10],
      ['split', 1],
    ],
  );
  t.match(
    first!.by_day.map(({ day, accuracy: { n } }) => [day, n]),
    [
      ['2026-11-30', 1],
      ['2026-12-01', 10],
    ],
  );
  // Wilson's interval of 9 in 10, by its formula: 0.5958 to 0.9821.
  t.match(first!.by_day[1]!.accuracy, { low: 0.59585, high: 0.982124 });
});

t.test('calibration: the distance of how sure from how often right, weighted', async (t) => {
  const sure = { predicted: { classId: 1, probability: 0.9 } };
  const unsure = { predicted: { classId: 1, probability: 0.3 } };
  const { versions } = viewOf(
    counted([
      ...Array<Partial<FeedbackEntry>>(3).fill(sure),
      { ...sure, ...wrong },
      ...Array<Partial<FeedbackEntry>>(4).fill({ ...unsure, ...wrong }),
    ]),
  );
  // (4 * |0.75 - 0.9| + 4 * |0 - 0.3|) / 8
  t.equal(versions[0]!.calibration_error, 0.225);
});

t.test('scores of models that give no probabilities are left out of it', async (t) => {
  const { versions } = viewOf(counted([{ predicted: { classId: 1, probability: 7.5 } }]));
  t.equal(versions[0]!.accuracy.n, 1);
  t.equal(versions[0]!.calibration_error, undefined);
});

t.test('confusions are counted once, also where the class comes later', async (t) => {
  const { versions } = viewOf(
    counted([
      { correct: false, classId: undefined },
      { ...wrong, more: true },
      { correct: false, classId: 0 },
      { correct: false, classId: 0 },
      { predicted: undefined, correct: false, classId: undefined },
    ]),
  );
  t.equal(versions[0]!.accuracy.n, 4);
  t.strictSame(versions[0]!.confusions, [
    { predicted: { class_id: 1, label: 'dog' }, actual: { class_id: 0, label: 'cat' }, count: 2 },
    { predicted: { class_id: 1, label: 'dog' }, actual: { class_id: 2 }, count: 1 },
  ]);
});

t.test('scores have a mean of their own', async (t) => {
  const score = (value: number) => ({ correct: undefined, classId: undefined, score: value });
  const { versions } = viewOf(counted([score(0.5), score(1)]));
  t.match(versions[0], { score: { mean: 0.75, n: 2 }, accuracy: { n: 0, low: 0, high: 1 } });
});

t.test('days leave when their predictions do, and models with them', async (t) => {
  let now = START;
  const accuracy = counted([{}, { answeredAt: START - 5 * DAY_MS }], () => now);
  t.equal(viewOf(accuracy).versions[0]!.by_day.length, 2);
  now += 27 * DAY_MS;
  t.equal(viewOf(accuracy).versions[0]!.by_day.length, 1);
  now += 5 * DAY_MS;
  t.strictSame(accuracy.models, []);
  accuracy.add(ENTRY);
  t.strictSame(accuracy.models, [], 'nothing is counted that is too old by now');
});

t.test(
  'a scrape has each version that is served, by route, and its most frequent confusions by name',
  async (t) => {
    const accuracy = counted([{}, wrong, { ...wrong, route: 'split' }, { version: 'gone' }]);
    const { accuracy: rows, confusions } = gaugesOf(accuracy, {
      has: (_, version) => version !== 'gone',
      labelsOf: () => ['cat', 'dog', 'bird'],
    });
    t.equal(rows.length, 2);
    t.match(rows, [
      { model: 'pets', version: '1', route: 'default', n: 2, correct: 1 },
      { model: 'pets', version: '1', route: 'split', n: 1, correct: 0 },
    ]);
    t.strictSame(confusions, [{ model: 'pets', version: '1', count: 2, predicted: 'dog', actual: 'bird' }]);
  },
);
