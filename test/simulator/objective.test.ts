import assert from 'node:assert/strict';
import t from 'tap';
import { bursts, onOff, poisson, type Pattern } from '../../bench/simulator/arrivals.ts';
import { clairvoyant } from '../../bench/simulator/clairvoyant.ts';
import { CONV, MATRIX } from '../../bench/simulator/kinds.ts';
import { drawArrivals, worldWith } from '../../bench/simulator/scenario.ts';
import { isGood } from '../../bench/simulator/tally.ts';
import { QUIET, SLOWING, type Noise } from '../../bench/simulator/noise.ts';
import { DEFAULTS } from '../../bench/simulator/world.ts';
import { capacityOf } from './worlds.ts';

/** Milliseconds; the first second is not counted. */
const LENGTH = 7000;
const LEARNING = 1000;

const OVERLOADS = [1.2, 2, 5];
const PATTERNS: Readonly<Record<string, (perSecond: number) => Pattern>> = {
  poisson,
  bursts: (perSecond) => bursts(perSecond, 20),
  'on and off': (perSecond) => onOff(perSecond, 2000, 0.4),
};

/** Sums over all overloads and numbers of workers. */
async function sumOf(noise: Noise, patternOf: (perSecond: number) => Pattern) {
  const sum = { accepted: 0, late: 0, good: 0, attainable: 0 };
  for (const workers of [1, 3]) {
    for (const times of OVERLOADS) {
      const pattern = patternOf(times * capacityOf(CONV, workers));
      const arrivals = drawArrivals([CONV], [{ model: 0, pattern }], { seed: workers, forMs: LENGTH });
      const world = worldWith({ ...DEFAULTS, kinds: [CONV], workers, noise, seed: workers }, arrivals);
      await world.run();
      const counted = world.records.filter(({ at }) => at >= LEARNING);
      const accepted = counted.filter(({ outcome }) => outcome !== 'refused');
      sum.accepted += accepted.length;
      sum.late += accepted.filter((record) => !isGood(record)).length;
      sum.good += counted.filter(isGood).length;
      sum.attainable += clairvoyant(CONV, arrivals, workers, noise, workers)
        .filter(({ at }) => at >= LEARNING)
        .filter(isGood).length;
      const caps = world.models.map(({ costs }) => costs.cap);
      assert.ok(caps[0]! <= 2, `a batch of ${caps[0]} rows pays nothing`);
    }
  }
  return sum;
}

for (const [name, patternOf] of Object.entries(PATTERNS)) {
  t.test(`under overload, ${name}, 99 % of accepted requests meet the SLO`, async (t) => {
    const { accepted, late, good, attainable } = await sumOf(QUIET, patternOf);
    t.ok(late <= 0.01 * accepted, `${late} of ${accepted} are late`);
    t.ok(good >= 0.95 * attainable, `${good} of ${attainable} that a clairvoyant scheduler answers in time`);
  });
}

t.test(
  'on a machine that swings in speed, goodput stays within 5 % of a clairvoyant scheduler',
  async (t) => {
    const { good, attainable } = await sumOf({ ...QUIET, spread: 0.15, drift: 1.3 }, poisson);
    t.ok(good >= 0.95 * attainable, `${good} of ${attainable}`);
  },
);

t.test('batches still do not pay on a machine that becomes 1.8 times slower', async (t) => {
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
    const world = worldWith({ ...DEFAULTS, kinds: [MATRIX], workers, noise: QUIET, seed: 1 }, arrivals);
    await world.run();
    t.equal(world.models[0]!.costs.cap, 32);
    const good = world.records.filter(isGood).length;
    t.ok(good >= 0.95 * (perSecond / 2) * (LENGTH / 1000), `${good} rows in time`);
  }
});
