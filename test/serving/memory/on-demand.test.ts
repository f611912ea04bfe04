import t from 'tap';
import { ModelVersion } from '../../../src/serving/model-version.ts';
import { OnDemand } from '../../../src/serving/memory/on-demand.ts';
import { settled } from '../../support/fake-clock.ts';
import { found, makeReady } from './versions.ts';

function setup() {
  const loads: ModelVersion[] = [];
  const used: ModelVersion[] = [];
  const pending: (() => void)[] = [];
  const onDemand = new OnDemand({
    memory: { used: (version) => void used.push(version) },
    load(version) {
      loads.push(version);
      return new Promise((resolve) => pending.push(resolve));
    },
  });
  return { onDemand, loads, used, end: () => pending.shift()!() };
}

t.test('the first request has the version loaded, and further ones wait for the same load', async (t) => {
  const { onDemand, loads, used } = setup();
  const version = found('m');
  t.ok(onDemand.wanted(version));
  t.ok(onDemand.wanted(version));
  version.loading();
  t.ok(onDemand.wanted(version));
  t.strictSame(loads, [version]);
  t.equal(used.length, 3, 'each counts as use');
});

t.test('there is nothing to wait for once it is ready, or cannot be loaded', async (t) => {
  const { onDemand, loads } = setup();
  const [ready, broken] = [found('ready'), found('broken')];
  makeReady(ready);
  broken.unavailable('It is cut off.');
  t.notOk(onDemand.wanted(ready));
  t.notOk(onDemand.wanted(broken));
  t.strictSame(loads, []);
});

t.test('one that has left memory is loaded again', async (t) => {
  const { onDemand, loads, end } = setup();
  const version = found('m');
  onDemand.wanted(version);
  makeReady(version);
  end();
  await settled();
  version.leaves();
  t.ok(onDemand.wanted(version));
  t.equal(loads.length, 2);
});

t.test('a pinned version is not loaded by requests', async (t) => {
  const { onDemand, loads, used } = setup();
  const [waiting, ready] = [found('m', 'pinned'), found('n', 'pinned')];
  makeReady(ready);
  for (const version of [waiting, ready]) t.notOk(onDemand.wanted(version));
  t.strictSame([loads, used], [[], []]);
});

t.test('a version that is still to be checked before it serves is not loaded by requests', async (t) => {
  const { onDemand, loads } = setup();
  const { settings, source } = found('m');
  t.notOk(onDemand.wanted(new ModelVersion(settings, source)));
  t.strictSame(loads, []);
});
