/** When the scheduler thinks that work would start and be done, and when that then happens. */
import t from 'tap';
import { rowsPayload, type RecordedEntry } from '../support/entries.ts';
import { world as worldOf, type World, type WorldOptions } from './fixtures/world.ts';

const world = (options: WorldOptions = {}): World => worldOf({ prefetchUnderMs: 0, cap: 1, ...options });
const foreseen = (made: World, rows = 1, decodeMs = 0, model = 0) =>
  made.scheduler.forecast(made.models[model]!.batcher, { rows, decodeMs });

t.test('on an idle server work starts at once and takes what it takes', async (t) => {
  t.same(foreseen(world()), { startsInMs: 0, finishesInMs: 10 });
  t.same(foreseen(world(), 1, 7), { startsInMs: 0, finishesInMs: 17 }, 'its decoding included');
});

t.test('as long as a worker is idle it starts at once', async (t) => {
  const made = world();
  made.submit(1);
  t.same(foreseen(made), { startsInMs: 0, finishesInMs: 10 });
});

t.test('with every worker busy it starts when the first of them is done', async (t) => {
  const made = world();
  made.submit(1);
  made.clock.advance(4);
  made.submit(1);
  t.same(foreseen(made), { startsInMs: 6, finishesInMs: 16 });
  made.clock.advance(3);
  t.same(foreseen(made), { startsInMs: 3, finishesInMs: 13 });
  made.clock.advance(20);
  t.same(foreseen(made), { startsInMs: 13, finishesInMs: 23 }, 'what is late is taken to be as late again');
});

t.test('what waits is done before it, by all workers', async (t) => {
  const made = world();
  made.submit(2 + 4);
  t.same(foreseen(made), { startsInMs: 30, finishesInMs: 40 });
});

t.test('a worker that is away counts with the time until it is back', async (t) => {
  const made = world();
  made.submit(2 + 4);
  Object.assign(made.workers[1]!, { state: 'dead', remaining: 500 });
  t.same(foreseen(made), { startsInMs: 50, finishesInMs: 60 }, 'the other does it all before');
  made.workers[1]!.remaining = 20;
  t.same(foreseen(made), { startsInMs: 35, finishesInMs: 45 });
});

t.test('when no worker is ready, work waits until one is', async (t) => {
  const made = world({ workers: 1 });
  Object.assign(made.workers[0]!, { state: 'starting', remaining: 700 });
  t.same(foreseen(made), { startsInMs: 700, finishesInMs: 710 });
  made.workers[0]!.state = 'closed';
  t.same(foreseen(made), { startsInMs: Infinity, finishesInMs: Infinity }, 'none will be');
});

t.test('a request of several batches is done when its last one is', async (t) => {
  const made = world({ workers: 1, cap: 4 });
  t.same(foreseen(made, 4, 8), { startsInMs: 0, finishesInMs: 48 });
  t.same(foreseen(made, 10, 20), { startsInMs: 0, finishesInMs: 120 });
  t.same(foreseen(world({ cap: 2 }), 6), { startsInMs: 0, finishesInMs: 40 }, 'shared by two workers');
});

t.test(
  'it waits for no more of another model’s work than there is of its own: they take turns',
  async (t) => {
    const made = world({ workers: 1 }).addModel({ rowMs: 10, cap: 1 });
    made.submit(1);
    made.submit(100, 1);
    t.same(foreseen(made), { startsInMs: 20, finishesInMs: 30 }, 'one batch that runs, and one of the other');
    made.submit(2);
    t.same(foreseen(made), { startsInMs: 60, finishesInMs: 70 }, 'two of its own, and three of the other');
    t.same(foreseen(made, 1, 0, 1), { startsInMs: 1030, finishesInMs: 1040 });
  },
);

t.test('all workers wait for a wide run', async (t) => {
  const made = worldOf({ prefetchUnderMs: 0, rowMs: 10, wideRowMs: 6 });
  made.workers[0]!.hasWide = true;
  made.submit(1);
  t.same(foreseen(made), { startsInMs: 6, finishesInMs: 16 });
});

t.test('rows that are no single row take what they take together', async (t) => {
  const made = world({ workers: 1, cap: 4 });
  made.submitAll([rowsPayload(4), rowsPayload(3)]);
  t.same(foreseen(made, 2), { startsInMs: 70, finishesInMs: 90 });
});

/** Requests of one row each, some milliseconds apart: what was foreseen for each, and when it was done. */
async function finishes(made: World, apart: (request: number) => number) {
  const sent: { readonly foreseenAt: number; readonly entry: RecordedEntry; doneAt?: number }[] = [];
  const note = (): void => {
    for (const one of sent) if (one.entry.settled) one.doneAt ??= made.clock.now();
  };
  for (let request = 0; request < 40; request++) {
    const foreseenAt = made.clock.now() + foreseen(made).finishesInMs;
    const [entry] = made.submit(1);
    sent.push({ foreseenAt, entry: entry! });
    for (let ms = 0; ms < apart(request); ms++) {
      await made.runFor(1);
      note();
    }
  }
  while (sent.some(({ entry }) => !entry.settled)) {
    await made.runFor(1);
    note();
  }
  return sent.map(({ foreseenAt, doneAt }) => ({ foreseenAt, doneAt: doneAt! }));
}

t.test('with one worker all is done when it was foreseen', async (t) => {
  for (const { foreseenAt, doneAt } of await finishes(
    world({ workers: 1 }),
    (request) => (request * 7) % 14,
  )) {
    t.equal(doneAt, foreseenAt);
  }
});

t.test('with several it is off by one row at most, which no two workers can share', async (t) => {
  for (const { foreseenAt, doneAt } of await finishes(
    world({ workers: 3 }),
    (request) => (request * 7) % 5,
  )) {
    t.ok(Math.abs(doneAt - foreseenAt) < 10, `${doneAt}, foreseen ${foreseenAt}`);
  }
});
