/** More models than memory: versions that are loaded when they are asked for, and leave for each other. */
import { writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { loadConfig } from '../../src/config/load.ts';
import { scanRepository } from '../../src/repository/repository.ts';
import type { ModelVersion } from '../../src/serving/model-version.ts';
import { Serving } from '../../src/serving/serving.ts';
import { FakeClock, settled } from '../support/fake-clock.ts';
import { until } from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import { recordTelemetry } from '../support/telemetry.ts';
import { affineRows } from '../support/test-pool.ts';
import { affine, type TinyModel } from '../support/tiny-models.ts';

const INSTANT_WORKER = new URL('../support/instant-worker.ts', import.meta.url);
const MIB = 2 ** 20;

const onDemand = (): TinyModel => ({ ...affine(), config: { ...affine().config, residency: 'on-demand' } });

/** One worker, `first` pinned, and `a` and `b` on demand. Each takes 5 MiB; `fit` of them are within the budget. */
async function setup(t: Pick<Test, 'testdir' | 'teardown'>, fit: number) {
  const root = modelRepository(t, { first: affine(), a: onDemand(), b: onDemand() });
  const { config } = loadConfig({ flags: {}, env: {}, cwd: root });
  const telemetry = recordTelemetry();
  const unloaded: number[] = [];
  let own = 0;
  const serving = new Serving(await scanRepository(root), 'first', {
    config: { ...config, workers: 1, cacheDir: root, modelMemoryBytes: fit * 5 * MIB },
    clock: new FakeClock(),
    events: telemetry.events,
    workerFile: INSTANT_WORKER,
    footprint: () => ({ own: (own += 5 * MIB), mapped: 0 }),
    unloaded: (instance) => unloaded.push(instance),
  });
  await serving.prepare();
  await serving.start();
  await serving.loadRest();
  t.teardown(async () => {
    await until(() => !serving.busy); // What leaves is still being unloaded; close() would wait on a clock that stands still.
    await serving.close();
  });
  const version = (name: string): ModelVersion => serving.catalogue.model(name)!.versions[0]!;
  /** As a request with a deadline of its own does; returns its state when it may go on, holding its lease. */
  const ask = async (one: ModelVersion) => {
    const lease = one.hold();
    if (serving.onDemand.wanted(one)) await lease.untilSettled();
    return { state: one.state, lease };
  };
  const run = async (one: ModelVersion): Promise<unknown> =>
    (await one.submit(affineRows(1)).outcomes)[0]?.kind;
  return { serving, version, ask, run, unloaded, root, ...telemetry };
}

t.test('what is on demand is loaded by the first request, and not before', async (t) => {
  const { serving, version, ask, run } = await setup(t, 3);
  t.strictSame(
    serving.catalogue.versions.map(({ name, state }) => [name, state]),
    [
      ['a', 'waiting'],
      ['b', 'waiting'],
      ['first', 'ready'],
    ],
  );
  t.equal((await ask(version('a'))).state, 'ready');
  t.equal(await run(version('a')), 'done');
  t.equal(version('b').state, 'waiting');
});

t.test('where one fits beside the pinned model, requests for two are all answered, in turn', async (t) => {
  const { version, ask, run } = await setup(t, 2);
  const outcomes = await Promise.all(
    ['a', 'b', 'a', 'b', 'b', 'a'].map(async (name) => {
      const { state, lease } = await ask(version(name));
      const outcome = await run(version(name));
      lease.end();
      return `${state} ${String(outcome)}`;
    }),
  );
  t.strictSame(new Set(outcomes), new Set(['ready done']));
  t.equal([version('a'), version('b')].filter(({ state }) => state === 'ready').length, 1);
});

t.test('a version leaves memory only after the requests that hold it', async (t) => {
  const { version, ask, run } = await setup(t, 2);
  const held = await ask(version('a'));
  const next = ask(version('b'));
  await settled();
  await until(() => version('a').state === 'waiting');
  t.equal(await run(version('a')), 'done');
  t.equal(version('b').state, 'loading');
  held.lease.end();
  t.equal((await next).state, 'ready');
  t.notOk(version('a').usable);
});

t.test('a request for a version that is just leaving waits until it is back', async (t) => {
  const { version, ask, run } = await setup(t, 2);
  const held = await ask(version('a'));
  const next = ask(version('b'));
  await until(() => version('a').state === 'waiting');
  const again = ask(version('a'));
  held.lease.end();
  (await next).lease.end();
  t.equal((await again).state, 'ready');
  t.equal(await run(version('a')), 'done');
});

t.test(
  'the results of a version that has left memory are kept, those of one that is gone are not',
  async (t) => {
    const { serving, version, ask, unloaded } = await setup(t, 2);
    (await ask(version('a'))).lease.end();
    (await ask(version('b'))).lease.end();
    t.strictSame(unloaded, []);
    const { instance } = version('a').source!;
    await serving.replace('a', [], '');
    t.strictSame(unloaded, [instance]);
  },
);

t.test('a version whose files have changed is not taken for what it was', async (t) => {
  const { version, ask } = await setup(t, 2);
  (await ask(version('a'))).lease.end();
  (await ask(version('b'))).lease.end();
  writeFileSync(version('a').source!.file.file, affine(undefined, 7).file);
  t.equal((await ask(version('a'))).state, 'unavailable');
  t.match(version('a').reason, /files have changed since it was first loaded/);
});

t.test('a model that is taken away while requests wait for it answers none, and is gone', async (t) => {
  const { serving, version, ask } = await setup(t, 3);
  const a = version('a');
  const waiting = ask(a);
  const removed = serving.replace('a', [], '');
  const { state, lease } = await waiting;
  t.equal(state, 'waiting');
  lease.end();
  await removed;
  t.strictSame(serving.leaving, []);
});

t.test('a model that is taken away while it is loaded serves those that waited first', async (t) => {
  const { serving, version, ask, run } = await setup(t, 3);
  const a = version('a');
  const waiting = ask(a);
  await until(() => a.state !== 'waiting');
  let gone = false;
  const removed = serving.replace('a', [], '').then(() => (gone = true));
  const { state, lease } = await waiting;
  t.equal(state, 'ready');
  await settled();
  t.notOk(gone);
  t.equal(await run(a), 'done');
  lease.end();
  await removed;
  t.throws(() => a.forecast(), /not ready/);
});

t.test('requests that wait when the server stops are let go', async (t) => {
  const { serving, version, ask } = await setup(t, 3);
  const waiting = ask(version('a'));
  serving.stopLoading();
  t.equal((await waiting).state, 'waiting');
  t.equal((await ask(version('b'))).state, 'waiting');
});

t.test('it is ready for the metrics also while it is not in memory', async (t) => {
  const { version, ask, value, lines } = await setup(t, 2);
  (await ask(version('a'))).lease.end();
  (await ask(version('b'))).lease.end();
  t.equal(await value('ortolan_model_ready{model="a",version="1"}'), 1);
  t.equal(await value('ortolan_model_evictions_total{model="a",version="1"}'), 1);
  t.equal(await value('ortolan_model_loads_total{model="a",version="1",outcome="ready"}'), 1);
  (await ask(version('a'))).lease.end();
  const begun = lines.filter(({ message, model }) => message === 'loading model' && model === 'a');
  t.equal(begun.length, 1, 'which sets it to 0: not when it comes back');
});
