/** A limit is broken or kept only where the samples prove it. */
import t from 'tap';
import type { GuardConfig } from '../../../src/repository/model-json/traffic.ts';
import { Tally } from '../../../src/traffic/counts.ts';
import { judge, type Judgement } from '../../../src/traffic/guard/verdict.ts';

interface Seen {
  readonly answers?: number;
  readonly failures?: number;
  /** Milliseconds of every answer, and of the slowest hundredth and more. */
  readonly ms?: number;
  readonly slow?: { readonly count: number; readonly ms: number };
}

function tally({ answers = 0, failures = 0, ms = 10, slow }: Seen): Tally {
  const made = new Tally();
  for (let i = 0; i < answers; i++) made.answered(i < (slow?.count ?? 0) ? slow!.ms : ms);
  for (let i = 0; i < failures; i++) made.failed();
  return made;
}

const NONE = { count: 0, n: 0 };

const judged = (guard: GuardConfig, canary: Seen, baseline: Seen = { answers: 1000 }): Judgement =>
  judge(guard, { canary: tally(canary), baseline: tally(baseline), disagreements: NONE });

const verdictOf = ({ checks }: Judgement, check: string): string | undefined =>
  checks.find((one) => one.check === check)?.verdict;

t.test('fewer samples than asked for decide nothing, however bad they are', async (t) => {
  const judgement = judged({}, { failures: 99 });
  t.equal(judgement.verdict, 'inconclusive');
  t.equal(judgement.n, 0);
  t.equal(verdictOf(judged({ minSamples: 50 }, { failures: 99 }), 'error_rate'), 'fail');
});

t.test('a rate above the limit by chance alone is inconclusive, and one that is proved fails', async (t) => {
  t.equal(verdictOf(judged({}, { answers: 98, failures: 2 }), 'error_rate'), 'inconclusive');
  const proved = judged({}, { answers: 950, failures: 50 });
  t.equal(proved.verdict, 'fail');
  t.match(proved.checks[0], { check: 'error_rate', n: 1000, says: '5.00 % > 1.00 %' });
});

t.test('no error in many requests passes, and in a few is inconclusive', async (t) => {
  t.equal(verdictOf(judged({}, { answers: 2000 }), 'error_rate'), 'pass');
  t.equal(verdictOf(judged({}, { answers: 200 }), 'error_rate'), 'inconclusive');
});

t.test('errors that the baseline has as often are not held against the canary', async (t) => {
  const judgement = judged({}, { answers: 900, failures: 100 }, { answers: 900, failures: 100 });
  t.equal(verdictOf(judgement, 'error_rate'), 'inconclusive');
  t.match(judgement.checks[0]?.says, 'the baseline 10.00 %');
});

t.test('the p99 is held against 500 ms where nothing else is set, as Flagger does', async (t) => {
  const judgement = judged({}, { answers: 1000, slow: { count: 50, ms: 700 } });
  t.equal(verdictOf(judgement, 'p99'), 'fail');
  t.equal(verdictOf(judged({}, { answers: 1000 }), 'p99'), 'pass');
});

t.test('the p99 is held against that of the baseline, once that has samples', async (t) => {
  const slower: Seen = { answers: 1000, ms: 40 };
  t.equal(verdictOf(judged({ maxP99Ratio: 1.5 }, slower), 'p99'), 'fail');
  t.equal(verdictOf(judged({ maxP99Ratio: 5 }, slower), 'p99'), 'pass');
  t.equal(verdictOf(judged({ maxP99Ratio: 1.5 }, slower, { answers: 10 }), 'p99'), 'inconclusive');
});

t.test('disagreement is judged where it is asked for', async (t) => {
  const evidence = { canary: tally({ answers: 2000 }), baseline: tally({ answers: 2000 }) };
  const some = { ...evidence, disagreements: { count: 60, n: 1000 } };
  t.equal(verdictOf(judge({ maxDisagreement: 0.02 }, some), 'disagreement'), 'fail');
  t.equal(verdictOf(judge({ maxDisagreement: 0.2 }, some), 'disagreement'), 'pass');
  t.equal(verdictOf(judge({}, some), 'disagreement'), undefined);
});

t.test('the whole passes only when every check does', async (t) => {
  t.equal(judged({}, { answers: 2000 }).verdict, 'pass');
  t.equal(judged({ maxDisagreement: 0.1 }, { answers: 2000 }).verdict, 'inconclusive');
});
