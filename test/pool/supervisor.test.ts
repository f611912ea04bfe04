import t from 'tap';
import { Supervisor } from '../../src/pool/supervisor.ts';
import type { PoolWorker } from '../../src/pool/worker.ts';
import { FakeClock, settled } from '../support/fake-clock.ts';

interface Running {
  readonly forMs: number;
  readonly predictedMs: number;
  readonly loads?: string;
}

/** The part of a worker that the supervisor uses. */
const workerWith = (id: number, running?: Running): PoolWorker =>
  ({ id, running: () => running, restartsIn: () => undefined }) as unknown as PoolWorker;

function setup(prepare: (worker: PoolWorker) => Promise<void> = async () => undefined) {
  const clock = new FakeClock(5);
  const events: unknown[] = [];
  const prepared: number[] = [];
  let ready = 0;
  const supervisor = new Supervisor(
    { wedgedAfterMs: 30_000, loadWedgedAfterMs: 600_000 },
    clock,
    {
      workerDied: (worker, deaths, inMs) => events.push(['died', worker, deaths, inMs]),
      workerDiedOf: (worker, cause) => events.push(['cause', worker, cause]),
      workerRestarted: (worker) => events.push(['restarted', worker]),
      workerRestartFailed: (worker, error) => events.push(['failed', worker, (error as Error).message]),
      workerWedged: (worker) => events.push(['wedged', worker]),
    },
    (worker) => {
      prepared.push(worker.id);
      return prepare(worker);
    },
    () => ready++,
  );
  return { supervisor, clock, events, prepared, ready: () => ready };
}

t.test('a worker that died is made ready again after a back-off', async (t) => {
  const { supervisor, clock, events, prepared, ready } = setup();
  supervisor.died(workerWith(1));
  t.same(events, [['died', 1, 1, 100]]);
  await clock.pass(99);
  t.same(prepared, []);
  await clock.pass(1);
  t.same(prepared, [1]);
  t.same(events.at(-1), ['restarted', 1]);
  t.equal(ready(), 1);
});

t.test('the back-off doubles with each death in the window, up to half a minute', async (t) => {
  const { supervisor, events } = setup();
  for (let death = 0; death < 11; death++) supervisor.died(workerWith(0));
  t.same(
    events.map((one) => (one as unknown[])[3]),
    [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000],
  );
});

t.test('the back-off starts again at its minimum when the window has passed', async (t) => {
  const { supervisor, clock, events } = setup();
  supervisor.died(workerWith(0));
  supervisor.died(workerWith(0));
  clock.advance(60_000);
  supervisor.died(workerWith(0));
  t.same(events.at(-1), ['died', 0, 1, 100]);
});

t.test('three deaths within the window are unhealthy, whichever workers they were', async (t) => {
  const { supervisor, clock } = setup();
  t.ok(supervisor.healthy);
  supervisor.died(workerWith(0));
  clock.advance(20_000);
  supervisor.died(workerWith(1));
  t.ok(supervisor.healthy);
  clock.advance(20_000);
  supervisor.died(workerWith(0));
  t.notOk(supervisor.healthy);
});

t.test('health returns when fewer than three deaths are in the window', async (t) => {
  const { supervisor, clock } = setup();
  for (let death = 0; death < 3; death++) {
    supervisor.died(workerWith(0));
    clock.advance(10_000);
  }
  clock.advance(29_999);
  t.notOk(supervisor.healthy);
  clock.advance(1);
  t.ok(supervisor.healthy);
});

t.test('a worker that cannot be made ready is reported and takes no batch', async (t) => {
  const { supervisor, clock, events, ready } = setup(() => Promise.reject(new Error('the file has gone')));
  supervisor.died(workerWith(0));
  await clock.pass(100);
  t.same(events.at(-1), ['failed', 0, 'the file has gone']);
  t.equal(ready(), 0);
});

t.test('no worker is restarted after close', async (t) => {
  const { supervisor, clock, events, prepared } = setup();
  supervisor.died(workerWith(0));
  supervisor.close();
  supervisor.died(workerWith(1));
  await clock.pass(60_000);
  await settled();
  t.same(prepared, []);
  t.equal(events.length, 1, 'and a thread that ends now did not die');
  t.equal(clock.pending, 0);
});

t.test(
  'a run is wedged when it takes longer than the configured time and 20 times its prediction',
  async (t) => {
    const { supervisor } = setup();
    const wedged = (forMs: number, predictedMs: number): boolean =>
      supervisor.wedged([workerWith(0), workerWith(1, { forMs, predictedMs })]);
    t.notOk(wedged(30_000, 10));
    t.ok(wedged(30_001, 10));
    t.notOk(wedged(40_000, 2000), '20 x 2000 ms is longer');
    t.ok(wedged(40_001, 2000));
  },
);

t.test('a load has a time of its own, whatever was predicted', async (t) => {
  const { supervisor, events } = setup();
  const wedged = (forMs: number, predictedMs: number): boolean =>
    supervisor.wedged([workerWith(-1, { forMs, predictedMs, loads: 'model.onnx' })]);
  t.notOk(wedged(600_000, 10));
  t.ok(wedged(600_001, 60_000));
  t.same(events, [['wedged', -1]]);
});

t.test('a worker that runs nothing is never wedged', async (t) => {
  t.notOk(setup().supervisor.wedged([workerWith(0), workerWith(1)]));
});

t.test('each wedged worker is reported once', async (t) => {
  const { supervisor, events } = setup();
  const stuck = { forMs: 40_000, predictedMs: 1 };
  t.ok(supervisor.wedged([workerWith(0, stuck), workerWith(1)]));
  t.ok(supervisor.wedged([workerWith(0, stuck), workerWith(1, stuck)]));
  t.ok(supervisor.wedged([workerWith(0, stuck), workerWith(1, stuck)]));
  t.same(events, [
    ['wedged', 0],
    ['wedged', 1],
  ]);
});
