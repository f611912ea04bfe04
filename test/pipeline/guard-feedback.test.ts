/** What feedback proves of a canary. */
import t from 'tap';
import { difference, feedbackVerdict } from '../../src/pipeline/guard-feedback.ts';
import { seededRandom } from '../../tools/random/seeded.ts';

const LIMITS = { maxLoss: 0.05, minLabels: 30 };
const verdict = (canary: readonly [number, number], champion: readonly [number, number]) =>
  feedbackVerdict({ correct: canary[0], n: canary[1] }, { correct: champion[0], n: champion[1] }, LIMITS)
    .verdict;

t.test('few labels prove nothing, however bad they are', async (t) => {
  t.equal(verdict([0, 29], [1000, 1000]), 'inconclusive');
  t.equal(verdict([1000, 1000], [0, 29]), 'inconclusive');
  t.equal(feedbackVerdict({ correct: 0, n: 0 }, { correct: 0, n: 0 }, LIMITS).verdict, 'inconclusive');
});

t.test('a canary that is clearly worse fails, one that is as good passes with enough labels', async (t) => {
  t.equal(verdict([60, 100], [95, 100]), 'fail');
  t.equal(verdict([95, 100], [95, 100]), 'inconclusive');
  t.equal(verdict([950, 1000], [950, 1000]), 'pass');
  t.equal(verdict([100, 100], [80, 100]), 'pass');
});

t.test('the interval of the difference is that of the method’s author, at a higher certainty', async (t) => {
  // Newcombe (1998), table II, (a): 56/70 and 48/80 at 95 %, 0.0524 to 0.3339.
  const { low, high } = difference({ correct: 56, n: 70 }, { correct: 48, n: 80 });
  t.ok(low < 0.0524 && low > -0.1, String(low));
  t.ok(high > 0.3339 && high < 0.45, String(high));
});

/** How often a canary is judged so, that is looked at with each label of it while the champion gets nine. */
function judged(canary: number, champion: number, wanted: 'pass' | 'fail'): number {
  const random = seededRandom(7);
  const TIMES = 300;
  let found = 0;
  for (let time = 0; time < TIMES; time++) {
    const [own, other] = [
      { correct: 0, n: 0 },
      { correct: 0, n: 0 },
    ];
    for (let verdict = 'inconclusive'; own.n < 1000 && verdict === 'inconclusive';) {
      own.n++;
      own.correct += Number(random() < canary);
      other.n += 9;
      for (let i = 0; i < 9; i++) other.correct += Number(random() < champion);
      verdict = feedbackVerdict(own, other, LIMITS).verdict;
      if (verdict === wanted) found++;
    }
  }
  return found / TIMES;
}

t.test('with a look at each label, a canary that is as good is rarely rolled back', async (t) => {
  t.ok(judged(0.9, 0.9, 'fail') < 0.04);
});

t.test('one that loses twice of what is allowed is hardly ever promoted', async (t) => {
  t.ok(judged(0.8, 0.9, 'pass') < 0.01);
});
