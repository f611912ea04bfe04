/** When a batch runs wide, and which batches wait for it. */
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

t.test('a request that finds a worker busy runs narrow', async (t) => {
  const made = world();
  made.workers[0]!.hasWide = false;
  made.submit(1);
  made.workers[0]!.hasWide = true;
  made.workers[0]!.state = 'loading';
  made.submit(1);
  t.same(widths(made), [['narrow'], ['narrow']]);
});

t.test('rows that are split over several workers run narrow', async (t) => {
  const made = world();
  made.submit(2);
  t.same(widths(made), [['narrow'], ['narrow']]);
});

t.test('a batch that leaves rows queued runs narrow: they could not start beside it', async (t) => {
  const made = world({ maxQueueDelayMs: 5, maxBatchMs: 15, prefetchUnderMs: 0 });
  made.submit(2);
  made.clock.advance(5);
  t.same(widths(made), [['narrow'], ['narrow']], 'the two together take longer than a batch may');
});

t.test('a batch runs narrow while another model has rows queued', async (t) => {
  const made = world({ workers: 1 });
  made.addModel(PRICES);
  made.queue([{ kind: 'tensors', inputs: [], rows: 1 }], 1);
  made.submit(1, 0);
  t.same(widths(made), [['narrow', 'narrow']]);
});

t.test(
  'a batch runs narrow without a wide session, or while the worker that has it is not ready',
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

t.test('no batch starts beside a wide run: later ones are prefetched behind it, or wait', async (t) => {
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
  'a server that requests keep finding busy uses narrow sessions, and goes wide again later',
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

t.test('a wide run is not longer than a request of another active model', async (t) => {
  const made = world({ rowMs: 100, wideRowMs: 60 });
  made.addModel({ rowMs: 59 });
  made.submit(1, 1);
  await made.runFor(59);
  made.submit(1, 0);
  t.same(widths(made), [['narrow'], []]);
  await made.runFor(10_000);
  made.submit(1, 0);
  t.same(widths(made), [['wide'], []], 'the other model had no request for ten seconds');
});

t.test('a wide run that is stuck does not block the other workers forever', async (t) => {
  const made = world({ prefetchUnderMs: 0 });
  made.submit(1);
  t.equal(made.clock.pending, 0, 'no rows are queued yet');
  made.submit(1);
  made.clock.advance(WIDE_PERMIT_MS - 1);
  t.same(widths(made), [['wide'], []]);
  made.clock.advance(1);
  t.same(widths(made), [['wide'], ['narrow']], 'its permit has lapsed');
  t.equal(made.clock.pending, 0);
});

t.test('the timer of the wide permit is cancelled when the run ends', async (t) => {
  const made = world({ prefetchUnderMs: 0 });
  made.submit(1);
  made.submit(1);
  t.equal(made.clock.pending, 1);
  await made.workers[0]!.done();
  t.equal(made.clock.pending, 0);
});
