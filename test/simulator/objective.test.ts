import assert from 'node:assert/strict';
import t from 'tap';
import { bursts, onOff, poisson, type Pattern } from '../../bench/simulator/arrivals.ts';
import { clairvoyant } from '../../bench/simulator/clairvoyant.ts';
import { CONV, MATRIX } from '../../bench/simulator/kinds.ts';
import { drawArrivals, worldWith } from '../../bench/simulator/scenario.ts';
import { isGood } from '../../bench/simulator/tally.ts';
import { CALM, SLOWING, type Weather } from '../../bench/simulator/weather.ts';
import { USUAL } from '../../bench/simulator/world.ts';
import { capacityOf } from './worlds.ts';

/** Milliseconds; the first second is not judged. */
const LENGTH = 7000;
const LEARNING = 1000;

const OVERLOADS = [1.2, 2, 5];
const PATTERNS: Readonly<Record<string, (perSecond: number) => Pattern>> = {
  poisson,
  bursts: (perSecond) => bursts(perSecond, 20),
  'on and off': (perSecond) => onOff(perSecond, 2000, 0.4),
};

/** Over every overload and number of workers together. */
async function sumOf(weather: Weather, patternOf: (perSecond: number) => Pattern) {
  const sum = { accepted: 0, late: 0, good: 0, attainable: 0 };
  for (const workers of [1, 3]) {
    for (const times of OVERLOADS) {
      const pattern = patternOf(times * capacityOf(CONV, workers));
      const arrivals = drawArrivals([CONV], [{ model: 0, pattern }], { seed: workers, forMs: LENGTH });
      const world = worldWith({ ...USUAL, kinds: [CONV], workers, weather, seed: workers }, arrivals);
      await world.run();
      const judged = world.visits.filter(({ at }) => at >= LEARNING);
      const accepted = judged.filter(({ ending }) => ending !== 'refused');
      sum.accepted += accepted.length;
      sum.late += accepted.filter((visit) => !isGood(visit)).length;
      sum.good += judged.filter(isGood).length;
      sum.attainable += clairvoyant(CONV, arrivals, workers, weather, workers)
        .filter(({ at }) => at >= LEARNING)
        .filter(isGood).length;
      const caps = world.models.map(({ costs }) => costs.cap);
      assert.ok(caps[0]! <= 2, `a batch of ${caps[0]} rows pays nothing`);
    }
  }
  return sum;
}

for (const [name, patternOf] of Object.entries(PATTERNS)) {
  t.test(`under overload, ${name}, 99 of 100 accepted requests keep the objective`, async (t) => {
    const { accepted, late, good, attainable } = await sumOf(CALM, patternOf);
    t.ok(late <= 0.01 * accepted, `${late} of ${accepted} are late`);
    t.ok(good >= 0.95 * attainable, `${good} of ${attainable} that a clairvoyant scheduler answers in time`);
  });
}

t.test(
  'on a machine that swings in speed, goodput stays within 5 % of a clairvoyant scheduler',
  async (t) => {
    const { good, attainable } = await sumOf({ ...CALM, spread: 0.15, drift: 1.3 }, poisson);
    t.ok(good >= 0.95 * attainable, `${good} of ${attainable}`);
  },
);

t.test('a machine that becomes 1.8 times slower does not teach that batches pay', async (t) => {
  const { good, attainable } = await sumOf({ ...SLOWING, slower: { fromMs: 3000, factor: 1.8 } }, poisson);
  t.ok(good >= 0.95 * attainable, `${good} of ${attainable}`);
});

t.test('a matrix-bound model keeps its large batches, and their throughput', async (t) => {
  for (const workers of [1, 2, 4]) {
    const perSecond = 2 * 1000 * workers * (32 / 66.5);
    const arrivals = drawArrivals([MATRIX], [{ model: 0, pattern: poisson(perSecond) }], {
      seed: 1,
      forMs: LENGTH,
    });
    const world = worldWith({ ...USUAL, kinds: [MATRIX], workers, weather: CALM, seed: 1 }, arrivals);
    await world.run();
    t.equal(world.models[0]!.costs.cap, 32);
    const good = world.visits.filter(isGood).length;
    t.ok(good >= 0.95 * (perSecond / 2) * (LENGTH / 1000), `${good} rows in time`);
  }
});
