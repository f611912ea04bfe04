import t from 'tap';
import { ModelVersion } from '../../src/serving/model-version.ts';
import { settled } from '../support/fake-clock.ts';
import { fakeQueue } from '../support/fake-queue.ts';
import { rowsPayload } from '../support/entries.ts';
import { found, makeReady } from './memory/versions.ts';

const made = (): ModelVersion =>
  new ModelVersion({
    name: 'm',
    version: '1',
    description: undefined,
    preprocess: undefined,
    labels: undefined,
    classifies: false,
    softmax: false,
    onDemand: false,
    versionLabels: [],
    sloMs: 200,
  });

const SIGNATURE = { provider: 'cpu', inputs: [], outputs: [], maxBatchSize: 4, joins: { rows: true } };

t.test('it is unused when every lease has been released', async (t) => {
  const version = made();
  version.lease();
  version.lease();
  let unused = false;
  void version.unused().then(() => (unused = true));
  version.release();
  await settled();
  t.notOk(unused);
  t.equal(version.leases, 1);
  version.release();
  await settled();
  t.ok(unused);
});

t.test('a version without leases is unused at once', async (t) => {
  await t.resolves(made().unused());
});

t.test('before it is ready it has no queue, takes no rows and costs nothing', async (t) => {
  const version = made();
  t.equal(version.queuedRows, 0);
  t.notOk(version.hasRoomFor(1));
  t.equal(version.workMs(), 0);
  t.equal(version.costs, undefined);
  t.throws(() => version.forecast(), /not ready/);
  t.throws(() => version.submit([rowsPayload(1)]), /not ready/);
});

t.test('once it is ready it takes work, and predicts its cost', async (t) => {
  const version = made();
  version.ready(SIGNATURE, fakeQueue({ hasRoomFor: (rows) => rows < 3 }));
  t.equal(version.state, 'ready');
  t.ok(version.hasRoomFor(2));
  t.notOk(version.hasRoomFor(3));
  t.same(version.forecast(), { startsInMs: 0, finishesInMs: 10, error: 1 });
  t.equal(version.workMs([rowsPayload(2)]), 0, 'rows are free here');
});

t.test('an unavailable version has a reason, and takes no work', async (t) => {
  const version = made();
  version.ready(SIGNATURE, fakeQueue());
  version.unavailable('the file is gone');
  t.match(version, { state: 'unavailable', reason: 'the file is gone', costs: undefined });
  t.notOk(version.hasRoomFor(1));
});

t.test('one that leaves memory serves the requests that hold it, and then has no queue', async (t) => {
  const version = found('m');
  makeReady(version);
  version.lease();
  version.leaves();
  t.match(version, { state: 'waiting', usable: true, answers: true });
  t.ok(version.hasRoomFor(1));
  t.ok(version.forecast());
  version.left();
  t.match(version, { usable: false, answers: true, costs: undefined });
  t.ok(version.signature, 'what it takes stays known');
});

t.test('one that is loaded on demand answers before it is loaded, unless it cannot be', async (t) => {
  const version = found('m');
  t.match(version, { state: 'waiting', answers: true, usable: false });
  version.loading();
  t.ok(version.answers);
  version.unavailable('It is cut off.');
  t.notOk(version.answers);
});

t.test('one that is pinned, or is to be checked first, answers once it is ready', async (t) => {
  const pinned = found('m', 'pinned');
  t.notOk(pinned.answers);
  makeReady(pinned);
  t.ok(pinned.answers);
  const { settings, source } = found('m');
  const fresh = new ModelVersion(settings, source);
  t.notOk(fresh.answers);
  makeReady(fresh);
  fresh.leaves();
  t.ok(fresh.answers);
});
