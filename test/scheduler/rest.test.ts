import t from 'tap';
import { Rest, restMs, type Backlog } from '../../src/scheduler/rest.ts';
import { world } from './fixtures/world.ts';

const LONG: Backlog = { dryInMs: 1000, waitMs: 1000, sloMs: 60_000 };

t.test('a rest is a small share of the wait, and ends before a worker is idle', async (t) => {
  t.equal(restMs(LONG, 20), 20);
  t.equal(restMs({ ...LONG, waitMs: 30 }, 20), 5);
  t.equal(restMs({ ...LONG, dryInMs: 10 }, 20), 7);
  t.equal(restMs({ ...LONG, waitMs: 1 }, 20), 0, 'one that gathers nothing is none');
  t.equal(restMs({ ...LONG, dryInMs: -5 }, 20), 0);
  t.equal(restMs({ ...LONG, sloMs: 2000 }, 20), 20);
  t.equal(restMs({ ...LONG, sloMs: 1999 }, 20), 4, 'who is refused is told soon');
  t.equal(restMs(LONG, 0), 0);
  t.equal(restMs({ ...LONG, dryInMs: NaN }, 20), 0, 'nor is one of which nothing is known');
});

/** A thread whose turns the test ends. */
function resting(backlogs: (Backlog | undefined)[]) {
  const slept: number[] = [];
  const deferred: (() => void)[] = [];
  const rest = new Rest({
    longestMs: 20,
    backlog: () => (backlogs.length > 1 ? backlogs.shift() : backlogs[0]),
    sleep: (ms) => void slept.push(ms),
    defer: (task) => void deferred.push(task),
  });
  return { rest, slept, deferred, endTurn: () => deferred.splice(0).forEach((task) => task()) };
}

t.test('it sleeps once a turn, when the turn is over, until something can be begun', async (t) => {
  const backlogs: (Backlog | undefined)[] = [LONG];
  const { rest, slept, deferred, endTurn } = resting(backlogs);
  rest.afterTurn();
  rest.afterTurn();
  t.equal(deferred.length, 1);
  t.same(slept, [], 'not in the turn');
  endTurn();
  t.same(slept, [20]);
  endTurn();
  t.same(slept, [20, 20], 'again after the next');
  backlogs[0] = undefined;
  endTurn();
  endTurn();
  t.same(slept, [20, 20]);
  t.equal(deferred.length, 0, 'then it waits to be asked');
  backlogs[0] = LONG;
  rest.afterTurn();
  endTurn();
  t.equal(slept.length, 3);
});

t.test('what is no longer true when the turn ends lets it go on', async (t) => {
  const { rest, slept, endTurn } = resting([LONG, undefined]);
  rest.afterTurn();
  endTurn();
  t.same(slept, []);
});

t.test('there is a backlog only while each worker has its next batch and rows wait', async (t) => {
  const made = world({ workers: 2, cap: 1 });
  made.submit(4);
  t.same(made.held, [
    [1, 1],
    [1, 1],
  ]);
  t.equal(made.scheduler.backlog, undefined, 'nothing waits');
  t.equal(made.backlogged, 0);
  made.submit(6);
  t.same(made.scheduler.backlog, { dryInMs: 20, waitMs: 30, sloMs: 100 });
  t.ok(made.backlogged > 0);
  made.clock.advance(4);
  t.equal(made.scheduler.backlog?.dryInMs, 16);
  made.workers[1]!.state = 'dead';
  t.equal(made.scheduler.backlog, undefined);
});

t.test('there is none while a worker may take a batch', async (t) => {
  const made = world({ workers: 1, cap: 1, prefetchUnderMs: 0 });
  made.submit(5);
  t.same(made.held, [[1]]);
  t.equal(made.scheduler.backlog, undefined);
});
