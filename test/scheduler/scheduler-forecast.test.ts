/** Predicted start and finish of work, compared with what then happens. */
import t from 'tap';
import { PRIORITIES } from '../../src/batcher/entry.ts';
import { RecordedEntry, rowsPayload } from '../support/entries.ts';
import { World, world as worldOf, type WorldOptions } from './fixtures/world.ts';

const world = (options: WorldOptions = {}): World => worldOf({ prefetchUnderMs: 0, cap: 1, ...options });
const forecastOf = (made: World, rows = 1, decodeMs = 0, model = 0) =>
  made.scheduler.forecast(made.models[model]!.batcher, { rows, decodeMs });

t.test('on an idle server work starts at once', async (t) => {
  t.same(forecastOf(world()), { startsInMs: 0, finishesInMs: 10 });
  t.same(forecastOf(world(), 1, 7), { startsInMs: 0, finishesInMs: 17 }, 'its decoding included');
});

t.test('as long as a worker is idle it starts at once', async (t) => {
  const made = world();
  made.submit(1);
  t.same(forecastOf(made), { startsInMs: 0, finishesInMs: 10 });
});

t.test('with every worker busy it starts when the first of them is done', async (t) => {
  const made = world();
  made.submit(1);
  made.clock.advance(4);
  made.submit(1);
  t.same(forecastOf(made), { startsInMs: 6, finishesInMs: 16 });
  made.clock.advance(3);
  t.same(forecastOf(made), { startsInMs: 3, finishesInMs: 13 });
  made.clock.advance(20);
  t.same(forecastOf(made), { startsInMs: 13, finishesInMs: 23 }, 'what is late is taken to be as late again');
});

t.test('queued work is done first, by all workers', async (t) => {
  const made = world();
  made.submit(2 + 4);
  t.same(forecastOf(made), { startsInMs: 30, finishesInMs: 40 });
});

t.test('of queued work only that of the same or a higher priority is done first', async (t) => {
  const made = world();
  made.submit(2);
  for (const priority of PRIORITIES) {
    const entry = new RecordedEntry(rowsPayload(1), 0);
    entry.priority = priority;
    made.models[0]!.batcher.enqueue(entry);
  }
  const { batcher } = made.models[0]!;
  const starts = PRIORITIES.map((one) => made.scheduler.forecast(batcher, { rows: 1, decodeMs: 0 }, one));
  t.match(starts, [{ startsInMs: 15 }, { startsInMs: 20 }, { startsInMs: 25 }]);
});

t.test('a worker that is not ready counts with the time until it is', async (t) => {
  const made = world();
  made.submit(2 + 4);
  Object.assign(made.workers[1]!, { state: 'dead', remaining: 500 });
  t.same(forecastOf(made), { startsInMs: 50, finishesInMs: 60 }, 'the other does it all before');
  made.workers[1]!.remaining = 20;
  t.same(forecastOf(made), { startsInMs: 35, finishesInMs: 45 });
});

t.test('when no worker is ready, work waits until one is', async (t) => {
  const made = world({ workers: 1 });
  Object.assign(made.workers[0]!, { state: 'starting', remaining: 700 });
  t.same(forecastOf(made), { startsInMs: 700, finishesInMs: 710 });
  made.workers[0]!.state = 'closed';
  t.same(forecastOf(made), { startsInMs: Infinity, finishesInMs: Infinity }, 'none will be');
});

t.test('a request of several batches is done when its last one is', async (t) => {
  const made = world({ workers: 1, cap: 4 });
  t.same(forecastOf(made, 4, 8), { startsInMs: 0, finishesInMs: 48 });
  t.same(forecastOf(made, 10, 20), { startsInMs: 0, finishesInMs: 120 });
  t.same(forecastOf(world({ cap: 2 }), 6), { startsInMs: 0, finishesInMs: 40 }, 'shared by two workers');
});

t.test('models take turns: it waits for as much work of another model as it has of its own', async (t) => {
  const made = world({ workers: 1 }).addModel({ rowMs: 10, cap: 1 });
  made.submit(1);
  made.submit(100, 1);
  t.same(forecastOf(made), { startsInMs: 20, finishesInMs: 30 }, 'one batch that runs, and one of the other');
  made.submit(2);
  t.same(forecastOf(made), { startsInMs: 60, finishesInMs: 70 }, 'two of its own, and three of the other');
  t.same(forecastOf(made, 1, 0, 1), { startsInMs: 1030, finishesInMs: 1040 });
});

t.test('all workers wait for a wide run', async (t) => {
  const made = worldOf({ prefetchUnderMs: 0, rowMs: 10, wideRowMs: 6 });
  made.workers[0]!.hasWide = true;
  made.submit(1);
  t.same(forecastOf(made), { startsInMs: 6, finishesInMs: 16 });
});

t.test('a request of several rows is predicted as one batch', async (t) => {
  const made = world({ workers: 1, cap: 4 });
  made.submitAll([rowsPayload(4), rowsPayload(3)]);
  t.same(forecastOf(made, 2), { startsInMs: 70, finishesInMs: 90 });
});

/** Requests of one row each, some milliseconds apart: what was predicted for each, and when it was done. */
async function finishes(made: World, apart: (request: number) => number) {
  const sent: { readonly predictedAt: number; readonly entry: RecordedEntry; doneAt?: number }[] = [];
  const note = (): void => {
    for (const one of sent) if (one.entry.settled) one.doneAt ??= made.clock.now();
  };
  for (let request = 0; request < 40; request++) {
    const predictedAt = made.clock.now() + forecastOf(made).finishesInMs;
    const [entry] = made.submit(1);
    sent.push({ predictedAt, entry: entry! });
    for (let ms = 0; ms < apart(request); ms++) {
      await made.runFor(1);
      note();
    }
  }
  while (sent.some(({ entry }) => !entry.settled)) {
    await made.runFor(1);
    note();
  }
  return sent.map(({ predictedAt, doneAt }) => ({ predictedAt, doneAt: doneAt! }));
}

t.test('with one worker every request is done when predicted', async (t) => {
  for (const { predictedAt, doneAt } of await finishes(
    world({ workers: 1 }),
    (request) => (request * 7) % 14,
  )) {
    t.equal(doneAt, predictedAt);
  }
});

t.test('with several workers the prediction is off by one row at most', async (t) => {
  for (const { predictedAt, doneAt } of await finishes(
    world({ workers: 3 }),
    (request) => (request * 7) % 5,
  )) {
    t.ok(Math.abs(doneAt - predictedAt) < 10, `${doneAt}, predicted ${predictedAt}`);
  }
});

t.test(
  'less of the queue of another model is ahead of one with a larger weight, as then happens',
  async (t) => {
    for (const [weight, startsInMs] of [
      [1, 160],
      [4, 100],
    ] as const) {
      const made = new World(1, 0).addModel({ cap: 1 }).addModel({ cap: 1, weight });
      made.submit(1 + 20, 0);
      made.submit(8, 1);
      t.match(forecastOf(made, 1, 0, 1), { startsInMs });
      made.submit(1, 1);
      await made.runFor(startsInMs - 10);
      t.equal(made.models[1]!.batcher.queuedRows, 1);
      await made.runFor(10 + 10);
      t.equal(made.models[1]!.batcher.queuedRows, 0, 'within a batch');
    }
  },
);

t.test('more of the queue of another model is ahead where that has the larger weight', async (t) => {
  const made = new World(1, 0).addModel({ cap: 1, weight: 4 }).addModel({ cap: 1 });
  made.submit(1 + 40, 0);
  made.submit(4, 1);
  t.match(forecastOf(made, 1, 0, 1), { startsInMs: 10 + 40 + 150 });
  made.submit(1, 1);
  await made.runFor(200 - 10);
  t.equal(made.models[1]!.batcher.queuedRows, 1);
});

t.test(
  'a model that runs on all cores that it may use starts when one of them is free, although workers are idle',
  async (t) => {
    const made = new World(4, 0).addModel({ cap: 1, cores: 1 }).addModel({ cap: 1 });
    t.same(forecastOf(made), { startsInMs: 0, finishesInMs: 10 });
    made.submit(3, 0);
    made.clock.advance(4);
    t.same(forecastOf(made), { startsInMs: 26, finishesInMs: 36 });
    t.same(forecastOf(made, 2), { startsInMs: 26, finishesInMs: 46 }, 'its rows one after the other');
    t.same(forecastOf(made, 1, 0, 1), { startsInMs: 0, finishesInMs: 10 }, 'others begin at once');
  },
);
