/** How models share the workers, and when one worker is kept free. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { World } from './fixtures/world.ts';

/** Predicted worker milliseconds that each model was served. */
function servedMs({ scheduler, models }: World): number[] {
  return models.map(({ batcher }) =>
    scheduler.recent.batches
      .filter(({ model }) => model === batcher.labels.model)
      .reduce((sum, { predictedMs }) => sum + predictedMs, 0),
  );
}

t.test('two models that flood the server get equal worker time, not equal rows', async (t) => {
  const made = new World(1, 0).addModel({ rowMs: 10, cap: 1 }).addModel({ rowMs: 30, cap: 1 });
  made.submit(90, 0);
  made.submit(30, 1);
  await made.runFor(600);
  const [first, second] = servedMs(made) as [number, number];
  t.ok(Math.abs(first - second) <= 30, `${first} and ${second} ms`);
  t.ok(first + second >= 600);
});

t.test('a model does not wait for the whole queue of another that floods', async (t) => {
  const made = new World(1, 0).addModel({ cap: 1 }).addModel({ cap: 1 });
  made.submit(500, 0);
  await made.runFor(200);
  made.submit(1, 1);
  await made.runFor(10);
  t.same(made.heldOf, [[1]], 'it is served next');
});

t.test('a model that was idle gets its share, and no credit for the pause', async (t) => {
  const made = new World(1, 0).addModel({ cap: 1 }).addModel({ cap: 1 });
  made.submit(100, 0);
  await made.runFor(500);
  const [before] = servedMs(made) as [number, number];
  made.submit(50, 1);
  await made.runFor(200);
  const [first, second] = servedMs(made) as [number, number];
  t.ok(Math.abs(first - before - second) <= 10, `${first - before} and ${second} ms since then`);
});

t.test('two models that always have work never differ by more than the longest batch', async () => {
  const model = fc.record({ rowMs: fc.integer({ min: 1, max: 40 }), cap: fc.constant(1) });
  const property = fc.asyncProperty(model, model, async (one, other) => {
    const models = [one, other];
    const made = new World(1, 0);
    for (const options of models) made.addModel(options);
    const longest = Math.max(...models.map(({ rowMs }) => rowMs));
    made.queue([rows(1)], 0);
    made.queue([rows(1)], 1);
    made.scheduler.wake();
    for (let batch = 0; batch < 60; batch++) {
      for (const [index, { batcher }] of made.models.entries()) {
        if (batcher.queuedRows < 2) made.queue([rows(1)], index);
      }
      const [first, second] = servedMs(made) as [number, number];
      assert.ok(Math.abs(first - second) <= longest, `${first} and ${second} ms`);
      await made.workers[0]!.done();
    }
  });
  await fc.assert(property, { numRuns: 50 });
});

const rows = (count: number) => ({ kind: 'tensors', inputs: [], rows: count }) as const;

/** A model of 10 ms a request, and one of 100 ms a row. */
const FAST = 0;
const SLOW = 1;
const fastAndSlow = (workers: number, prefetchUnderMs = 1000): World =>
  new World(workers, prefetchUnderMs).addModel({ rowMs: 10, cap: 1 }).addModel({ rowMs: 100, cap: 1 });

t.test('a slow model at full load leaves one worker to an active fast one', async (t) => {
  const made = fastAndSlow(3);
  made.submit(1, FAST);
  await made.runFor(10);
  made.submit(40, SLOW);
  t.same(made.heldOf, [[SLOW], [SLOW], []]);
  made.submit(1, FAST);
  t.same(made.heldOf, [[SLOW], [SLOW], [FAST]], 'which begins at once');
});

t.test('no slow batch is prefetched where the fast model would wait behind it', async (t) => {
  const made = fastAndSlow(2);
  made.submit(1, FAST);
  made.submit(40, SLOW);
  t.same(made.heldOf, [[FAST], [SLOW]], 'although either may hold two');
  made.submit(1, FAST);
  t.same(made.heldOf, [[FAST, FAST], [SLOW]], 'a fast one is');
});

t.test('no worker is kept for a model without a request for ten seconds', async (t) => {
  const made = fastAndSlow(2, 0);
  made.submit(1, FAST);
  await made.runFor(9999);
  made.submit(40, SLOW);
  t.same(made.heldOf, [[SLOW], []]);
  made.clock.advance(1);
  made.scheduler.wake();
  t.same(made.heldOf, [[SLOW], [SLOW]]);
});

t.test('a single worker is shared, and not kept free', async (t) => {
  const made = fastAndSlow(1, 0);
  made.submit(1, FAST);
  await made.runFor(10);
  made.submit(2, SLOW);
  t.same(made.heldOf, [[SLOW]]);
});

t.test(
  'a model whose request takes more than half as long as another’s batch shares all workers',
  async (t) => {
    const made = new World(2, 0).addModel({ rowMs: 60, cap: 1 }).addModel({ rowMs: 100, cap: 1 });
    made.submit(1, 0);
    await made.runFor(60);
    made.submit(4, 1);
    t.same(made.heldOf, [[1], [1]]);
  },
);

t.test('decoding counts in the predicted time of the other model’s request', async (t) => {
  const made = new World(2, 0)
    .addModel({ rowMs: 10, cap: 1, typicalDecodeMs: 40 })
    .addModel({ rowMs: 100, cap: 1 });
  made.submit(1, 0);
  await made.runFor(10);
  made.submit(4, 1);
  t.same(made.heldOf, [[1], [1]], 'twice 50 ms are not less than 100');
});

t.test('two models of the same speed that both flood the server keep every worker busy', async (t) => {
  const made = new World(2, 0).addModel({ cap: 4 }).addModel({ cap: 4 });
  made.submit(40, 0);
  made.submit(40, 1);
  for (let batch = 0; batch < 6; batch++) {
    t.notOk(
      made.held.some(({ length }) => length === 0),
      'neither keeps a worker for the other',
    );
    await made.runFor(40);
  }
});

t.test(
  'of two models that flood the server one of four times the weight gets four times the time',
  async (t) => {
    const made = new World(1, 0).addModel({ cap: 1, weight: 4 }).addModel({ cap: 1 });
    made.submit(90, 0);
    made.submit(90, 1);
    await made.runFor(1000);
    const [heavy, light] = servedMs(made) as [number, number];
    t.ok(Math.abs(heavy - 4 * light) <= 40, `${heavy} and ${light} ms`);
  },
);

t.test('a model of a small weight is never shut out', async (t) => {
  const made = new World(1, 0).addModel({ cap: 1, weight: 4 }).addModel({ cap: 1, weight: 1 / 4 });
  made.submit(90, 0);
  made.submit(5, 1);
  await made.runFor(600);
  t.ok(servedMs(made)[1]! >= 30);
});

t.test('no worker is kept for a faster model of a smaller weight', async (t) => {
  const made = new World(2, 0).addModel({ cap: 1, weight: 1 / 4 }).addModel({ rowMs: 100, cap: 1 });
  made.submit(1, FAST);
  await made.runFor(10);
  made.submit(4, SLOW);
  t.same(made.heldOf, [[SLOW], [SLOW]]);
});

t.test('a model runs on no more workers than it has cores, and the rest is for others', async (t) => {
  const made = new World(3).addModel({ cap: 1, cores: 2 }).addModel({ cap: 1 });
  made.submit(9, 0);
  t.same(made.heldOf, [[0], [0], []], 'nor is a batch sent ahead');
  made.submit(1, 1);
  t.same(made.heldOf, [[0], [0], [1]]);
  await made.workers[0]!.done();
  t.same(made.heldOf, [[0], [0], [1]], 'the next batch follows');
});

t.test('its rows are split over its own cores', async (t) => {
  const made = new World(4).addModel({ cap: 8, cores: 2 });
  made.submit(8);
  t.same(made.held, [[4], [4], [], []]);
});

t.test('a model with fewer cores than workers never runs on all of them at once', async (t) => {
  for (const [cores, width] of [
    [1, 'narrow'],
    [2, 'wide'],
  ] as const) {
    const made = new World(2).addModel({ cap: 8, wideRowMs: 1, cores });
    made.workers[0]!.hasWide = true;
    made.submit(1);
    t.match(made.workers[0]!.held, [{ width }]);
  }
});
