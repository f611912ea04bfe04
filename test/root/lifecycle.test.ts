import t from 'tap';
import { Lifecycle } from '../../src/root/lifecycle.ts';
import { FakeClock } from '../support/fake-clock.ts';

const DEADLINE_MS = 10_000;
/** Milliseconds between two checks during the shutdown. */
const A_LOOK_MS = 25;

/** A lifecycle that is ready and idle, at a moment long after its start. */
function setup() {
  const clock = new FakeClock();
  const lifecycle = new Lifecycle(clock);
  lifecycle.started();
  clock.advance(60_000);
  const work = { open: 0 };
  let drained: boolean | undefined;
  const drain = (): void => {
    void lifecycle.drain(DEADLINE_MS, { idle: () => work.open === 0 }).then((clean) => (drained = clean));
  };
  return { clock, lifecycle, work, drain, drained: () => drained };
}

t.test('is starting until started() is called', async (t) => {
  const lifecycle = new Lifecycle(new FakeClock());
  t.equal(lifecycle.state, 'starting');
  t.notOk(lifecycle.closing || lifecycle.closesConnections);
  lifecycle.started();
  t.equal(lifecycle.state, 'ready');
  t.notOk(lifecycle.closing || lifecycle.closesConnections);
});

t.test('a start that ends during the shutdown does not make it ready again', async (t) => {
  const clock = new FakeClock();
  const lifecycle = new Lifecycle(clock);
  void lifecycle.drain(DEADLINE_MS, { idle: () => true });
  lifecycle.started();
  t.equal(lifecycle.state, 'draining');
  await clock.pass(DEADLINE_MS);
});

t.test('draining still accepts work, and closes connections', async (t) => {
  const { lifecycle, clock, drain } = setup();
  drain();
  t.equal(lifecycle.state, 'draining');
  t.ok(lifecycle.closesConnections);
  t.notOk(lifecycle.closing);
  await clock.pass(DEADLINE_MS);
});

t.test('draining ends after a second without a request', async (t) => {
  const { clock, lifecycle, drain, drained } = setup();
  drain();
  await clock.pass(1000 - A_LOOK_MS);
  t.equal(lifecycle.state, 'draining');
  await clock.pass(A_LOOK_MS);
  t.equal(lifecycle.state, 'stopped');
  t.equal(drained(), true);
});

t.test('each request starts that second again', async (t) => {
  const { clock, lifecycle, drain } = setup();
  drain();
  await clock.pass(800);
  lifecycle.sawRequest();
  await clock.pass(975);
  t.equal(lifecycle.state, 'draining');
  await clock.pass(A_LOOK_MS);
  t.equal(lifecycle.state, 'stopped');
});

t.test('a request that is still open keeps it draining, though nothing new arrives', async (t) => {
  const { clock, lifecycle, work, drain } = setup();
  work.open = 1;
  drain();
  await clock.pass(3000);
  t.equal(lifecycle.state, 'draining');
  work.open = 0;
  await clock.pass(A_LOOK_MS);
  t.equal(lifecycle.state, 'stopped');
});

t.test('traffic that does not stop is refused from half of the deadline on', async (t) => {
  const { clock, lifecycle, work, drain, drained } = setup();
  work.open = 1;
  drain();
  for (let waited = 0; waited < DEADLINE_MS / 2; waited += 500) {
    t.equal(lifecycle.state, 'draining');
    lifecycle.sawRequest();
    await clock.pass(500);
  }
  t.equal(lifecycle.state, 'closing');
  t.ok(lifecycle.closing && lifecycle.closesConnections);
  t.equal(drained(), undefined);
  work.open = 0;
  await clock.pass(A_LOOK_MS);
  t.equal(drained(), true);
});

t.test('a second signal skips draining; accepted requests are still finished', async (t) => {
  const { clock, lifecycle, work, drain, drained } = setup();
  work.open = 1;
  drain();
  await clock.pass(100);
  lifecycle.hurry();
  await clock.pass(A_LOOK_MS);
  t.equal(lifecycle.state, 'closing');
  work.open = 0;
  await clock.pass(A_LOOK_MS);
  t.equal(lifecycle.state, 'stopped');
  t.equal(drained(), true);
});

t.test('a stop is not clean when work outlasts the deadline', async (t) => {
  const { clock, lifecycle, work, drain, drained } = setup();
  work.open = 1;
  drain();
  await clock.pass(DEADLINE_MS - 1);
  t.equal(drained(), undefined);
  await clock.pass(A_LOOK_MS);
  t.equal(drained(), false);
  t.equal(lifecycle.state, 'closing', 'not stopped: something still runs');
});

t.test('no timer is left when it is over', async (t) => {
  const { clock, drain } = setup();
  drain();
  await clock.pass(DEADLINE_MS);
  t.equal(clock.pending, 0);
});
