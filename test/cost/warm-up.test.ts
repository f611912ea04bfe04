import t from 'tap';
import { mergeWarmUps } from '../../src/cost/warm-up.ts';
import type { WarmUpRun, Width } from '../../src/thread/load.ts';

const run = (rows: number, ms: number, width: Width = 'narrow'): WarmUpRun => ({ rows, width, ms });

t.test('measurements of several workers are averaged, bucket by bucket', async (t) => {
  t.same(
    mergeWarmUps([
      [run(1, 8), run(2, 12)],
      [run(1, 10), run(2, 20)],
    ]),
    [run(1, 9), run(2, 16)],
  );
});

t.test(
  'a bucket that not every worker has warmed up is left out: a batch may go to any of them',
  async (t) => {
    t.same(mergeWarmUps([[run(1, 8), run(2, 16)], [run(1, 8)]]), [run(1, 8)]);
  },
);

t.test('a wide bucket counts although one worker alone has wide sessions', async (t) => {
  t.same(mergeWarmUps([[run(1, 8), run(1, 5, 'wide')], [run(1, 10)]]), [run(1, 9), run(1, 5, 'wide')]);
});

t.test('measurements of a single worker are taken as they are', async (t) => {
  const report = [run(1, 8), run(2, 9), run(1, 5, 'wide')];
  t.same(mergeWarmUps([report]), report);
});

t.test('without measurements there are no buckets', async (t) => {
  t.same(mergeWarmUps([]), []);
  t.same(mergeWarmUps([[], []]), []);
});
