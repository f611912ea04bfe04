/** Work that no client waits for runs beside the queues, and leaves no trace in them. */
import t from 'tap';
import { rowsPayload } from '../support/entries.ts';
import { world } from './fixtures/world.ts';

t.test('it runs at once on a worker that is to spare, and gives its result', async (t) => {
  const { scheduler, models, workers } = world();
  const run = scheduler.spare(models[0]!.batcher, rowsPayload(1));
  t.equal(workers[1]!.holding, 1);
  t.equal(workers[0]!.holding, 0, 'the worker with wide sessions is left');
  await workers[1]!.done();
  t.match(await run, { kind: 'done' });
});

t.test('it does not run while anything is queued, or no other worker is idle', async (t) => {
  const busy = world();
  busy.submit(1);
  t.equal(busy.scheduler.spare(busy.models[0]!.batcher, rowsPayload(1)), undefined);
  const waiting = world({ maxQueueDelayMs: 100 });
  waiting.queue([rowsPayload(1)]);
  t.equal(waiting.scheduler.spare(waiting.models[0]!.batcher, rowsPayload(1)), undefined);
});

t.test('a request that arrives meanwhile gets the other worker, and both end', async (t) => {
  const under = world();
  void under.scheduler.spare(under.models[0]!.batcher, rowsPayload(1));
  under.submit(1);
  t.strictSame(under.held, [[1], [1]]);
});

t.test('it does not make the server look busy to requests, which may use all cores afterwards', async (t) => {
  const under = world({ rowMs: 10, wideRowMs: 6 });
  under.workers[0]!.hasWide = true;
  for (let round = 0; round < 20; round++) {
    const copy = under.scheduler.spare(under.models[0]!.batcher, rowsPayload(1));
    under.submit(1);
    await under.workers[0]!.done();
    await under.workers[1]!.done();
    await copy;
  }
  under.submit(1);
  t.equal(under.workers[0]!.held[0]!.width, 'wide');
  for (let round = 0; round < 20; round++) {
    for (let request = 0; request < 4; request++) under.submit(1);
    await under.runFor(100);
  }
  under.submit(1);
  t.equal(under.workers[0]!.held[0]!.width, 'narrow', 'other requests do');
});

t.test('it keeps no worker free for its model, and takes no turn of it', async (t) => {
  // A model whose requests arrive keeps one worker free of the long batches of others; a copy is no arrival.
  const under = world({ rowMs: 100 }).addModel({ rowMs: 1 });
  await under.runFor(1);
  const copy = under.scheduler.spare(under.models[1]!.batcher, rowsPayload(1));
  await under.workers[1]!.done();
  await copy;
  under.submit(2, 0);
  t.strictSame(under.held, [[1], [1]]);
});
