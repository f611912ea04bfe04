import t from 'tap';
import { RecentBatches, type BatchRecord } from '../../src/scheduler/recent-batches.ts';

const KEPT = 128;

const footprint = (at: number): BatchRecord => ({
  at,
  model: 'tiny',
  version: '1',
  worker: 0,
  rows: 1,
  width: 'narrow',
  reason: 'idle',
  left: 0,
  waitedMs: 0,
  predictedMs: 1,
  outcome: undefined,
  decodeMs: undefined,
  inferMs: undefined,
});

function trailOf(count: number): RecentBatches {
  const trail = new RecentBatches();
  for (let at = 0; at < count; at++) trail.add(footprint(at));
  return trail;
}

const times = (trail: RecentBatches): number[] => trail.batches.map(({ at }) => at);
const downFrom = (first: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => first - i);

t.test('gives the batches, newest first', async (t) => {
  t.same(times(trailOf(0)), []);
  t.same(times(trailOf(3)), [2, 1, 0]);
  t.same(times(trailOf(KEPT)), downFrom(KEPT - 1, KEPT));
});

t.test('keeps the last ones and forgets the others', async (t) => {
  t.same(times(trailOf(KEPT + 1)), downFrom(KEPT, KEPT));
  t.same(times(trailOf(3 * KEPT + 7)), downFrom(3 * KEPT + 6, KEPT));
});

t.test('shows the outcome of a batch that was added while it ran', async (t) => {
  const trail = trailOf(2);
  const running = footprint(9);
  trail.add(running);
  t.equal(trail.batches[0]!.outcome, undefined);
  running.outcome = 'done';
  t.equal(trail.batches[0]!.outcome, 'done');
});
