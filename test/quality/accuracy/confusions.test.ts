import t from 'tap';
import { Confusions } from '../../../src/quality/accuracy/confusions.ts';
import { seededRandom } from '../../../tools/random/seeded.ts';

t.test('counts pairs, most frequent first', async (t) => {
  const confusions = new Confusions();
  for (const [predicted, actual] of [
    [1, 2],
    [2, 1],
    [1, 2],
  ] as const)
    confusions.add(predicted, actual);
  t.strictSame(confusions.top(10), [
    { predicted: 1, actual: 2, count: 2 },
    { predicted: 2, actual: 1, count: 1 },
  ]);
  t.equal(confusions.top(1).length, 1);
});

t.test('frequent pairs come to the front of a flood of rare ones, and no count is too high', async (t) => {
  const random = seededRandom(7);
  const confusions = new Confusions();
  const exact = new Map<string, number>();
  const add = (predicted: number, actual: number): void => {
    confusions.add(predicted, actual);
    exact.set(`${predicted} ${actual}`, (exact.get(`${predicted} ${actual}`) ?? 0) + 1);
  };
  for (let i = 0; i < 20_000; i++) {
    if (i % 10 === 0) add(5, 6);
    else if (i % 10 === 1) add(7, 8);
    else add(Math.floor(random() * 1000), Math.floor(random() * 1000));
  }
  const [first, second] = confusions.top(2);
  t.strictSame([first, second].map((one) => `${one!.predicted} ${one!.actual}`).sort(), ['5 6', '7 8']);
  for (const { predicted, actual, count } of confusions.top(1000))
    t.ok(count <= exact.get(`${predicted} ${actual}`)!, `${predicted} ${actual}`);
  t.ok(confusions.all.length <= 256);
});
