/** When a batch takes all cores, and what that keeps from beginning. */
import t from 'tap';
import { WIDE_PERMIT_MS } from '../support/fake-worker.ts';
import { world as worldOf, type World, type WorldOptions } from './fixtures/world.ts';

/** A row takes 10 ms on one thread, 6 on all cores. */
const PRICES = { rowMs: 10, wideRowMs: 6 };

/** Worker 0 has a wide session of every model. */
function world(options: WorldOptions = {}): World {
  const made = worldOf({ ...PRICES, ...options });
  made.workers[0]!.hasWide = true;
  return made;
}

const widths = ({ workers }: World): string[][] => workers.map(({ held }) => held.map(({ width }) => width));

t.test('a request that finds the server idle takes all cores', async (t) => {
  const made = world();
  made.submit(1);
  t.same(widths(made), [['wide'], []]);
  t.equal(made.workers[0]!.held[0]!.predictedMs, 6, 'what it takes there');
  t.match(made.scheduler.recent.batches, [{ width: 'wide', predictedMs: 6 }]);
});

t.test('a request that finds a worker busy does not', async (t) => {
  const made = world();
  made.workers[0]!.hasWide = false;
  made.submit(1);
  made.workers[0]!.hasWide = true;
  made.workers[0]!.state = 'loading';
  made.submit(1);
  t.same(widths(made), [['narrow'], ['narrow']]);
});

t.test('rows that are shared out to several workers do not', async (t) => {
  const made = world();
  made.submit(2);
  t.same(widths(made), [['narrow'], ['narrow']]);
});

t.test('nor does a batch that leaves rows behind, which could not begin beside it', async (t) => {
  const made = world({ maxQueueDelayMs: 5, maxBatchMs: 15, prefetchUnderMs: 0 });
  made.submit(2);
  made.clock.advance(5);
  t.same(widths(made), [['narrow'], ['narrow']], 'the two together take longer than a batch may');
});

t.test('nor does one of two models that both have work', async (t) => {
  const made = world({ workers: 1 });
  made.addModel(PRICES);
  made.queue([{ kind: 'rows', inputs: [], rows: 1 }], 1);
  made.submit(1, 0);
  t.same(widths(made), [['narrow', 'narrow']]);
});

t.test(
  'a model without a wide session runs on one thread, and so does one whose worker is away',
  async (t) => {
    const without = worldOf(PRICES);
    without.submit(1);
    t.same(widths(without), [['narrow'], []]);
    const unfit = worldOf({ rowMs: 10 });
    unfit.workers[0]!.hasWide = true;
    unfit.submit(1);
    t.same(widths(unfit), [['narrow'], []], 'its rows were not warmed up there');
    const away = world();
    away.workers[0]!.state = 'dead';
    away.submit(1);
    t.same(widths(away), [[], ['narrow']]);
  },
);

t.test('nobody begins beside a wide run: what comes is prefetched behind it, or waits', async (t) => {
  const made = world({ cap: 1 });
  made.submit(1);
  made.submit(1);
  made.submit(1);
  t.same(widths(made), [['wide', 'narrow'], []], 'worker 1 is idle, and lacks a core');
  t.equal(made.waiting, 1);
  await made.workers[0]!.done();
  t.same(widths(made), [['narrow'], ['narrow']], 'as soon as it is over');
});

t.test('behind a long wide run nothing is prefetched, and nothing begins beside it', async (t) => {
  const made = world({ rowMs: 100, wideRowMs: 60 });
  made.submit(1);
  made.submit(2);
  t.same(widths(made), [['wide'], []]);
  await made.workers[0]!.done();
  t.same(widths(made), [['narrow'], ['narrow']]);
});

t.test(
  'a server that requests keep finding busy goes back to one thread each, and comes round',
  async (t) => {
    const made = world({ cap: 1 });
    const requests: string[] = [];
    const alone = async (): Promise<void> => {
      await made.runFor(1000);
      made.submit(1);
      requests.push(widths(made)[0]![0]!);
    };
    await alone();
    for (let busy = 0; busy < 10; busy++) made.submit(1);
    await alone();
    await alone();
    await alone();
    t.same(requests, ['wide', 'narrow', 'wide', 'wide']);
  },
);

t.test(
  'a wide run that is longer than a request of another model in use would hold that one up',
  async (t) => {
    const made = world({ rowMs: 100, wideRowMs: 60 });
    made.addModel({ rowMs: 59 });
    made.submit(1, 1);
    await made.runFor(59);
    made.submit(1, 0);
    t.same(widths(made), [['narrow'], []]);
    await made.runFor(10_000);
    made.submit(1, 0);
    t.same(widths(made), [['wide'], []], 'nobody has asked for it for ten seconds');
  },
);

t.test('a wide run that is stuck does not stop the other workers for ever', async (t) => {
  const made = world({ prefetchUnderMs: 0 });
  made.submit(1);
  t.equal(made.clock.pending, 0, 'nobody waits yet');
  made.submit(1);
  made.clock.advance(WIDE_PERMIT_MS - 1);
  t.same(widths(made), [['wide'], []]);
  made.clock.advance(1);
  t.same(widths(made), [['wide'], ['narrow']], 'its permit has lapsed');
  t.equal(made.clock.pending, 0);
});

t.test('the timer for a permit that lapses goes with the run', async (t) => {
  const made = world({ prefetchUnderMs: 0 });
  made.submit(1);
  made.submit(1);
  t.equal(made.clock.pending, 1);
  await made.workers[0]!.done();
  t.equal(made.clock.pending, 0);
});
