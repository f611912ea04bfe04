import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { excuseFor, plan, worldOf } from './worlds.ts';

/** Of each property; every pattern has about so many requests, and what closed-loop clients add. */
const PATTERNS = 150;
const REQUESTS = 80;

t.test('no rows wait while a worker that may take them is idle', async () => {
  const property = fc.asyncProperty(plan, async (plan) => {
    const world = worldOf(plan, REQUESTS);
    world.onQuiet = () => {
      if (world.workers.every(({ holding }) => holding > 0)) return;
      world.models.forEach((batcher, model) => {
        if (batcher.queuedRows === 0) return;
        const where = `${batcher.queuedRows} rows of model ${model} wait at ${world.timeline.now()} ms`;
        assert.notEqual(excuseFor(world, model), undefined, where);
      });
    };
    await world.run();
  });
  await fc.assert(property, { numRuns: PATTERNS });
});

t.test('workers hold two batches at most, and none beside a wide run', async () => {
  const property = fc.asyncProperty(plan, async (plan) => {
    const world = worldOf(plan, REQUESTS);
    await world.run();
    assert.deepEqual(world.broken, []);
  });
  await fc.assert(property, { numRuns: PATTERNS });
});

t.test('batches keep to the cap unless one entry alone is larger, and queues to their bound', async () => {
  const property = fc.asyncProperty(plan, async (plan) => {
    const world = worldOf(plan, REQUESTS);
    world.onDispatch = ({ model, batch: { rows, entries } }) => {
      assert.ok(entries.length === 1 || rows <= world.models[model]!.costs.cap, `${rows} rows`);
    };
    world.onQuiet = () => {
      for (const batcher of world.models) assert.ok(batcher.queuedRows <= plan.maxQueueRows);
    };
    await world.run();
  });
  await fc.assert(property, { numRuns: PATTERNS });
});

t.test('every request ends: refused at once, or settled within some objectives', async () => {
  const property = fc.asyncProperty(plan, async (plan) => {
    const world = worldOf(plan, REQUESTS);
    await world.run();
    for (const { ending, latencyMs, limitMs, strict } of world.visits) {
      assert.ok(ending !== undefined, 'it has ended');
      if (ending === 'refused') assert.equal(latencyMs, 0);
      if (strict) assert.ok(latencyMs < limitMs + 1e-6, `${latencyMs} ms`);
      // What is begun at once takes what it takes: up to twelve rows or large photographs at once, on a slow machine.
      assert.ok(latencyMs <= 25 * limitMs, `${latencyMs} ms`);
    }
    assert.ok(world.models.every((batcher) => batcher.queuedRows === 0 && batcher.queuedMs === 0));
  });
  await fc.assert(property, { numRuns: PATTERNS });
});
