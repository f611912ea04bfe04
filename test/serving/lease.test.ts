import t from 'tap';
import { settled } from '../support/fake-clock.ts';
import { found, makeReady } from './memory/versions.ts';

t.test('a lease is held until its request ends', async (t) => {
  const version = found('m');
  const lease = version.hold();
  t.equal(version.leases, 1);
  lease.end();
  t.equal(version.leases, 0);
});

t.test(
  'a request that waits for the load does not keep the version from being unloaded before it',
  async (t) => {
    const version = found('m');
    const lease = version.hold();
    void lease.untilSettled();
    await t.resolves(version.unused());
  },
);

t.test('it holds the version again from the moment at which that is ready', async (t) => {
  const version = found('m');
  const lease = version.hold();
  let goesOn = false;
  void lease.untilSettled().then(() => (goesOn = true));
  await settled();
  t.notOk(goesOn);
  makeReady(version);
  t.equal(version.leases, 1, 'before anybody else can have it unloaded');
  await settled();
  t.ok(goesOn);
  lease.end();
  t.equal(version.leases, 0);
});

t.test('one whose request has ended meanwhile is not held again', async (t) => {
  const version = found('m');
  const lease = version.hold();
  const waiting = lease.untilSettled();
  lease.end();
  makeReady(version);
  await waiting;
  t.equal(version.leases, 0);
});

for (const [how, end] of [
  ['fails', (version: ReturnType<typeof found>) => version.unavailable('It is cut off.')],
  ['is given up', (version: ReturnType<typeof found>) => version.settled()],
] as const) {
  t.test(`it waits no longer when the load ${how}`, async (t) => {
    const version = found('m');
    const lease = version.hold();
    const waiting = lease.untilSettled();
    end(version);
    await t.resolves(waiting);
    t.equal(version.leases, 1);
  });
}
