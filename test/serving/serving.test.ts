/** Versions are put in place of others, which serve meanwhile, on real threads. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { loadConfig } from '../../src/config/load.ts';
import { WORKER_FILE } from '../../src/pool/pool.ts';
import { scanRepository, type ModelEntry } from '../../src/repository/repository.ts';
import type { ModelVersion } from '../../src/serving/model-version.ts';
import { Serving } from '../../src/serving/serving.ts';
import type { Payload } from '../../src/thread/payload.ts';
import { FakeClock, settled } from '../support/fake-clock.ts';
import { FAULTY_WORKER, Gate } from '../support/faults.ts';
import { until } from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import { recordTelemetry } from '../support/telemetry.ts';
import { affineRows } from '../support/test-pool.ts';
import { add, affine, fixed } from '../support/tiny-models.ts';

/** One worker that serves the model `affine`; `other` and `broken` can be added. */
async function setup(t: Pick<Test, 'testdir' | 'teardown'>, workerFile = WORKER_FILE) {
  const broken = { ...affine(), file: Buffer.from('no model') };
  const root = modelRepository(t, { affine: affine(), other: affine(), sum: add(), broken, fixed: fixed(4) });
  const repository = await scanRepository(root);
  const entryOf = (name: string): ModelEntry => repository.models.find((entry) => entry.name === name)!;
  const { config } = loadConfig({ flags: {}, env: {}, cwd: root });
  const telemetry = recordTelemetry();
  const clock = new FakeClock();
  const unloaded: number[] = [];
  const serving = new Serving({ ...repository, models: [entryOf('affine')] }, 'affine', {
    config: { ...config, workers: 1, cacheDir: root },
    clock,
    events: telemetry.events,
    workerFile,
    unloaded: (instance) => unloaded.push(instance),
  });
  await serving.prepare();
  await serving.start();
  t.teardown(async () => {
    await until(() => !serving.busy); // What leaves is still being unloaded; close() would wait on a clock that stands still.
    await serving.close();
  });
  const load = async (name: string): Promise<ModelVersion> => {
    const entry = entryOf(name);
    const version = serving.enter(entry, entry.versions[0]!);
    await serving.load(version);
    return version;
  };
  /** Loads the only version of a model beside the one that serves, and puts it in its place. */
  const addModel = async (name: string): Promise<ModelVersion> => {
    const version = await load(name);
    void serving.replace(name, [version], '1');
    return version;
  };
  const remove = ({ name }: ModelVersion): Promise<void> => serving.replace(name, [], '');
  return {
    serving,
    pool: serving.pool,
    defaultVersion: serving.defaultVersion!,
    load,
    addModel,
    remove,
    root,
    clock,
    unloaded,
    ...telemetry,
  };
}

const REWRITING_WORKER = new URL('../support/rewriting-worker.ts', import.meta.url);
const INSTANT_WORKER = new URL('../support/instant-worker.ts', import.meta.url);

/** The first number of the answer to a row of ones, times `value`: 2 x + 1. */
async function ask(version: ModelVersion, value: number): Promise<unknown> {
  const work: readonly Payload[] = affineRows(value);
  const [outcome] = await version.submit(work).outcomes;
  if (outcome?.kind !== 'done' || outcome.result.kind !== 'outputs') return outcome;
  return new Float32Array(outcome.result.outputs[0]!.data.slice().buffer)[0];
}

t.test('a version is replaced a thousand times while another one serves', async (t) => {
  const { serving, load, defaultVersion, remove, metrics } = await setup(t, INSTANT_WORKER);
  const wrong: unknown[] = [];
  let changing = true;
  let answered = 0;
  const asking = (async () => {
    for (; changing; answered++) {
      const answer = await ask(defaultVersion, 1);
      if (answer !== 0) wrong.push(answer);
    }
  })();
  let version = await load('other');
  for (let time = 1; time <= 1000; time++) {
    const next = time < 1000 ? load('other') : undefined;
    void serving.replace('other', [version], '1');
    const answer = await ask(serving.catalogue.model('other')!.versions[0]!, 1);
    if (answer !== time) wrong.push(answer);
    version = (await next) ?? version;
  }
  await remove(version);
  changing = false;
  await asking;
  t.same(wrong, [], 'each answer came from the instance that was asked');
  t.ok(answered > 1000, `${answered} answers meanwhile`);
  t.same(serving.catalogue.versions, [defaultVersion]);
  t.same(serving.leaving, []);
  t.notMatch(await metrics.registry.metrics(), /model="other"/, 'no series is left');
});

t.test('the only worker goes on answering while a version is loaded', async (t) => {
  const { serving, defaultVersion, addModel } = await setup(t);
  let loaded = false;
  const adding = addModel('sum').then(() => (loaded = true));
  const states = new Set<string>();
  const answers: unknown[] = [];
  while (!loaded) {
    states.add(serving.pool.workers[0]!.state);
    answers.push(await ask(defaultVersion, 1));
  }
  await adding;
  t.same([...states], ['ready']);
  t.ok(answers.length > 0 && answers.every((answer) => answer === 3), `${answers.length} answers`);
});

t.test('a removed version is not found, and serves the requests that lease it', async (t) => {
  const { serving, addModel, remove, unloaded } = await setup(t);
  const version = (await addModel('other')).lease();
  let removed = false;
  const removing = remove(version).then(() => (removed = true));
  t.equal(serving.catalogue.model('other'), undefined);
  t.same(serving.leaving, [version]);
  await settled();
  t.equal(await ask(version, 4), 9);
  t.notOk(removed);
  t.strictSame(unloaded, [], 'its results may still be kept');
  version.release();
  await removing;
  t.strictSame(unloaded, [version.source!.instance]);
  t.same(serving.leaving, []);
  t.throws(() => version.forecast(), /not ready/);
});

t.test('a version that cannot be loaded is unavailable, with the reason, and can be removed', async (t) => {
  const { defaultVersion, addModel, remove, lines, value } = await setup(t);
  const version = await addModel('broken');
  t.match(version, { state: 'unavailable', reason: /^\w+\/1\/model\.onnx is a text/ });
  t.match(
    lines.filter(({ level }) => level === 'ERROR'),
    [{ model: 'broken', version: '1', message: 'model unavailable' }],
  );
  const loads = 'ortolan_model_loads_total{model="broken",version="1"';
  t.equal(await value(`${loads},outcome="refused"}`), 1);
  t.equal(await value(`${loads},outcome="ready"}`), 0);
  await remove(version);
  t.equal(await ask(defaultVersion, 2), 5);
});

t.test('a version that replaces one of the same name keeps its metrics when that one is gone', async (t) => {
  const { serving, addModel, load, value } = await setup(t, INSTANT_WORKER);
  await addModel('other');
  const fresh = await load('other');
  await ask(fresh, 1);
  await serving.replace('other', [fresh], '1');
  t.equal(await value('ortolan_model_ready{model="other",version="1"}'), 1);
  t.equal(await value('ortolan_model_loads_total{model="other",version="1",outcome="ready"}'), 2);
});

t.test('a version that answers a golden sample wrongly is unavailable, and says which and how', async (t) => {
  const { root, addModel, pool } = await setup(t);
  const tensor = (name: string, data: number[]) => ({ name, datatype: 'FP32', shape: [1, 4], data });
  const sample = (expected: number[]) =>
    JSON.stringify({ inputs: [tensor('x', [1, 2, 3, 4])], outputs: [tensor('y', expected)] });
  mkdirSync(join(root, 'other/golden'));
  writeFileSync(join(root, 'other/golden/ones.json'), sample([3, 5, 7, 9]));
  t.match(await addModel('other'), { state: 'ready' });
  writeFileSync(join(root, 'other/golden/twos.json'), sample([3, 5, 7, 8]));
  const wrong = await addModel('other');
  t.match(wrong, {
    state: 'unavailable',
    reason: /^It answers the golden sample twos wrongly: output y\[0, 3\] is 9/,
  });
  t.notOk(pool.busy);
});

t.test(
  'a graph that answers a golden sample wrongly once it is rewritten is served as it was made',
  async (t) => {
    const { root, load, value, lines } = await setup(t, REWRITING_WORKER);
    const refused = /^rewritten it answers the golden sample twos wrongly: output y\[0, 0\] is 0, not 3/;
    const tensor = (name: string, data: number[]) => ({ name, datatype: 'FP32', shape: [1, 4], data });
    const sample = (expected: number[]) =>
      JSON.stringify({ inputs: [tensor('x', [1, 2, 3, 4])], outputs: [tensor('y', expected)] });
    t.match((await load('other')).signature?.rewrites, { applied: ['pixel-input'] });
    t.equal(await value('ortolan_model_graph_rewrites{model="other",version="1"}'), 1);
    mkdirSync(join(root, 'other/golden'));
    writeFileSync(join(root, 'other/golden/twos.json'), sample([3, 5, 7, 9]));
    const version = await load('other');
    t.equal(version.state, 'ready');
    t.match(version.signature?.rewrites, { applied: [], reason: refused });
    t.equal(await value('ortolan_model_graph_rewrites{model="other",version="1"}'), 0);
    t.match(lines.at(-1), { level: 'WARN', message: 'graph not rewritten', reason: refused });
    const again = await load('other');
    t.match(again.signature?.rewrites, { applied: [], reason: refused }, 'the next load knows');
    writeFileSync(join(root, 'other/golden/twos.json'), sample([3, 5, 7, 8]));
    const wrong = await load('other');
    t.match(wrong, {
      state: 'unavailable',
      reason: /^It answers the golden sample twos wrongly: .* is 9, not 8/,
    });
  },
);

t.test('a version that a check refuses is unloaded, and the one that serves stays ready', async (t) => {
  const { serving, defaultVersion, lines, value } = await setup(t, INSTANT_WORKER);
  const { entry, file } = defaultVersion.source!;
  const version = serving.enter(entry, file);
  const refuse = (): never => {
    throw new Error('It is not what it was.');
  };
  await serving.load(version, { signature: refuse, files: async () => undefined });
  t.match(version, { state: 'unavailable', reason: 'It is not what it was.' });
  await t.rejects(async () => version.submit(affineRows(1)), /not ready/);
  t.equal(await ask(defaultVersion, 1), 0);
  t.equal(await value('ortolan_model_ready{model="affine",version="1"}'), 1);
  t.match(lines.at(-1), { level: 'ERROR', message: 'model refused, the version before it still serves' });
});

t.test(
  'a version that a replaced worker cannot load is unavailable, and the others are served',
  async (t) => {
    const gate = new Gate();
    t.teardown(() => gate.close());
    const { serving, defaultVersion, addModel, root, clock } = await setup(t, FAULTY_WORKER);
    const version = await addModel('other');
    rmSync(join(root, 'other/1/model.onnx'));
    gate.killIdle();
    const [worker] = serving.pool.workers;
    await until(() => worker!.state === 'dead');
    clock.advance(100);
    await until(() => worker!.state === 'ready');
    t.match(version, { state: 'unavailable', reason: /model\.onnx/ });
    t.equal(await ask(defaultVersion, 2), 5);
  },
);
