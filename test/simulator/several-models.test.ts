import fc from 'fast-check';
import assert from 'node:assert/strict';
import t from 'tap';
import { poisson } from '../../bench/simulator/arrivals.ts';
import { CONV, MATRIX, SLOW, type ModelKind } from '../../bench/simulator/kinds.ts';
import { drawArrivals, worldWith, type Stream } from '../../bench/simulator/scenario.ts';
import { isGood, tally } from '../../bench/simulator/tally.ts';
import { CALM } from '../../bench/simulator/weather.ts';
import { USUAL, type World } from '../../bench/simulator/world.ts';
import { capacityOf } from './worlds.ts';

const LENGTH = 8000;

interface Flow {
  readonly kind: ModelKind;
  readonly perSecond: number;
}

/** Runs them together; `workMs`: predicted worker time of each in the second half. */
async function together(
  flows: readonly Flow[],
  workers: number,
  seed = 1,
): Promise<{ world: World; workMs: number[] }> {
  const kinds = flows.map(({ kind }) => kind);
  const streams = flows.map(({ perSecond }, model): Stream => ({ model, pattern: poisson(perSecond) }));
  const arrivals = drawArrivals(kinds, streams, { seed, forMs: LENGTH });
  const world = worldWith({ ...USUAL, kinds, workers, weather: CALM, maxQueueRows: 100_000, seed }, arrivals);
  const workMs = flows.map(() => 0);
  world.onDispatch = ({ model, at, batch: { rows, decodeMs, width } }) => {
    if (at < LENGTH / 2 || at >= LENGTH) return;
    workMs[model]! += world.models[model]!.costs.batchMs(rows, decodeMs, width);
  };
  await world.run();
  return { world, workMs };
}

/** More than a worker can do of it, in batches or not. */
const floodOf = (kind: ModelKind, workers: number, times = 2): Flow => {
  const { rows, ms } = kind.runs.findLast(({ width }) => width === 'narrow')!;
  return { kind, perSecond: times * Math.max(capacityOf(kind, workers), (1000 * workers * rows) / ms) };
};

const p99Of = ({ visits }: World, model: number): number =>
  tally(
    visits.filter((visit) => visit.model === model),
    1000,
    LENGTH,
  ).p99;

t.test('models that flood patient queues share the workers evenly, within some batches', async () => {
  const patient = (kind: ModelKind): ModelKind => ({ ...kind, sloMs: 3000, maxBatchSize: 8 });
  const property = fc.asyncProperty(
    fc.integer({ min: 1, max: 4 }),
    fc.shuffledSubarray([CONV, MATRIX, SLOW], { minLength: 2 }),
    fc.integer({ min: 1, max: 1000 }),
    async (workers, kinds, seed) => {
      const { workMs } = await together(
        kinds.map((kind) => floodOf(patient(kind), workers, 1.5)),
        workers,
        seed,
      );
      const fair = workMs.reduce((sum, ms) => sum + ms, 0) / kinds.length;
      const batchMs = 8 * 120 * workers;
      for (const ms of workMs)
        assert.ok(Math.abs(ms - fair) <= 0.1 * fair + batchMs, `${workMs.join(', ')} ms`);
    },
  );
  await fc.assert(property, { numRuns: 8 });
});

for (const [names, kinds, least] of [
  ['a convolution net and a matrix-bound model', [CONV, MATRIX], 1],
  ['a convolution net and a slow model', [CONV, SLOW], 2],
  ['all three', [CONV, MATRIX, SLOW], 2],
] as const) {
  t.test(`${names} that flood their queues each get most of a fair share within the objective`, async (t) => {
    for (let workers = least; workers <= 4; workers++) {
      const { workMs, world } = await together(
        kinds.map((kind) => floodOf(kind, workers)),
        workers,
      );
      const fair = workMs.reduce((sum, ms) => sum + ms, 0) / kinds.length;
      kinds.forEach(({ name }, model) => {
        t.ok(
          workMs[model]! >= 0.6 * fair,
          `${name}: ${Math.round(workMs[model]!)} of ${Math.round(fair)} ms`,
        );
        const good = world.visits.filter((visit) => visit.model === model && isGood(visit)).length;
        const accepted = world.visits.filter(
          (visit) => visit.model === model && visit.ending !== 'refused',
        ).length;
        // A long run of the other model begins now and then where the forecast had a free worker.
        t.ok(good >= 0.8 * accepted, `${name}: ${good} of ${accepted} in time`);
      });
    }
  });
}

for (const kind of [SLOW, MATRIX]) {
  t.test(
    `a model named ${kind.name} at full load leaves a fast one twice its own latency, with 2 to 4 workers`,
    async (t) => {
      for (const workers of [2, 3, 4]) {
        const quiet = { kind: CONV, perSecond: 20 };
        // One thread: what a wide run gives a server that has nothing else to do is not promised.
        const alone = await together([quiet], 1);
        const { world } = await together([quiet, floodOf(kind, workers)], workers);
        const [own, beside] = [p99Of(alone.world, 0), p99Of(world, 0)];
        t.ok(
          beside <= 2 * own,
          `${workers} workers: ${beside.toFixed(1)} ms beside it, ${own.toFixed(1)} ms alone`,
        );
        t.ok(world.visits.every(({ model, ending }) => model !== 0 || ending === 'done'));
      }
    },
  );
}

t.test(
  'a busy fast model beside a slow one at full load waits no longer than on a worker of its own',
  async (t) => {
    const busy = { kind: CONV, perSecond: 80 };
    const alone = await together([busy], 1);
    for (const workers of [2, 4]) {
      const { world } = await together([busy, floodOf(SLOW, workers)], workers);
      const [own, beside] = [p99Of(alone.world, 0), p99Of(world, 0)];
      t.ok(
        beside <= 1.3 * own,
        `${workers} workers: ${beside.toFixed(1)} ms beside it, ${own.toFixed(1)} ms alone`,
      );
    }
  },
);

t.test('a slow model beside a fast one is promised only what its share of the workers can do', async (t) => {
  const sum = { accepted: 0, late: 0 };
  for (let seed = 1; seed <= 8; seed++) {
    const { world } = await together([{ kind: CONV, perSecond: 20 }, floodOf(SLOW, 2)], 2, seed);
    const { accepted, late } = tally(
      world.visits.filter(({ model }) => model === 1),
      1000,
      LENGTH,
    );
    sum.accepted += accepted;
    sum.late += late;
  }
  const { accepted, late } = sum;
  t.ok(late <= 0.1 * accepted, `${late} of ${accepted} are late`);
  // One worker's worth, less what the fast model would have to wait for.
  t.ok(accepted >= 8 * 7 * 6, `${accepted} accepted`);
});
