import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { coresOf, runningOf, waitReason, plan, worldOf } from './worlds.ts';

/** Patterns per property, and requests per pattern; closed-loop clients add some. */
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
        assert.notEqual(waitReason(world, model), undefined, where);
      });
    };
    await world.run();
  });
  await fc.assert(property, { numRuns: PATTERNS });
});

t.test('workers hold at most two batches, and none beside a wide run', async () => {
  const property = fc.asyncProperty(plan, async (plan) => {
    const world = worldOf(plan, REQUESTS);
    await world.run();
    assert.deepEqual(world.violations, []);
  });
  await fc.assert(property, { numRuns: PATTERNS });
});

t.test('no model runs on more cores than it may use', async () => {
  const property = fc.asyncProperty(plan, async (plan) => {
    const world = worldOf(plan, REQUESTS);
    world.onDispatch = ({ model, batch: { width } }) => {
      const cores = coresOf(world, model);
      assert.ok(runningOf(world, model) <= cores, `${runningOf(world, model)} batches`);
      if (width === 'wide') assert.ok(cores >= world.workers.length, 'a wide run uses all');
    };
    await world.run();
  });
  await fc.assert(property, { numRuns: PATTERNS });
});

t.test('batches stay within the cap, except single entries, and queues within their bound', async () => {
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

t.test('every request is refused at once or settled within a multiple of its limit', async () => {
  const property = fc.asyncProperty(plan, async (plan) => {
    const world = worldOf(plan, REQUESTS);
    await world.run();
    for (const { outcome, latencyMs, limitMs, strict } of world.records) {
      assert.ok(outcome !== undefined, 'it has ended');
      if (outcome === 'refused') assert.equal(latencyMs, 0);
      if (strict) assert.ok(latencyMs < limitMs + 1e-6, `${latencyMs} ms`);
      // Work that starts at once is accepted whatever its duration: up to twelve rows or large photographs, on a slow machine.
      assert.ok(latencyMs <= 25 * limitMs, `${latencyMs} ms`);
    }
    assert.ok(world.models.every((batcher) => batcher.queuedRows === 0 && batcher.queuedMs === 0));
  });
  await fc.assert(property, { numRuns: PATTERNS });
});
