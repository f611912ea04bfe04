import t from 'tap';
import { joined, judge, type Verdict } from '../../../src/quality/feedback/verdict.ts';

const right: Verdict = { correct: true, classId: 3 };
const wrong: Verdict = { correct: false };
const five: Verdict = { correct: false, classId: 5 };
const six: Verdict = { correct: false, classId: 6 };

t.test('what is said first is new, and again it is the same', async (t) => {
  for (const said of [right, wrong, five, { score: 0.5 }]) {
    t.equal(judge({}, said), 'new');
    t.equal(judge(joined({}, said), said), 'same');
  }
});

t.test('what contradicts is a conflict, in either order', async (t) => {
  for (const [one, other] of [
    [right, wrong],
    [right, five],
    [five, six],
  ] as const) {
    t.equal(judge(one, other), 'conflict');
    t.equal(judge(other, one), 'conflict');
  }
  t.equal(judge({ score: 0.5 }, { score: 0.6 }), 'conflict');
});

t.test(
  'which class it is may follow that it was wrong; the other way round it says nothing new',
  async (t) => {
    t.equal(judge(wrong, five), 'more');
    t.equal(judge(joined(wrong, five), six), 'conflict');
    t.equal(judge(five, wrong), 'same');
  },
);

t.test('a score and a verdict about the class do not touch each other', async (t) => {
  t.equal(judge(right, { score: 0 }), 'new');
  t.equal(judge({ score: 0 }, right), 'new');
  t.equal(judge(joined(right, { score: 0 }), { score: 0 }), 'same');
});
