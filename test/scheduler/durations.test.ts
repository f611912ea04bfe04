import t from 'tap';
import { Durations } from '../../src/scheduler/durations.ts';

const warmUp = [
  { rows: 1, ms: 9 },
  { rows: 4, ms: 20 },
];

t.test('predicts from the largest batch of the warm-up', async (t) => {
  t.equal(new Durations(warmUp).predictMs(3), 15);
});

t.test('predicts nothing where there was no warm-up', async (t) => {
  t.equal(new Durations([]).predictMs(8), 0);
});

t.test('moves towards what really runs, and forgets a single slow batch', async (t) => {
  const durations = new Durations(warmUp);
  durations.observe(2, 200);
  const afterOne = durations.predictMs(1);
  t.ok(afterOne > 5 && afterOne < 20, `${afterOne} ms after one batch of 100 ms a row`);
  for (let batch = 0; batch < 100; batch++) durations.observe(2, 14);
  t.ok(Math.abs(durations.predictMs(1) - 7) < 0.01);
});
