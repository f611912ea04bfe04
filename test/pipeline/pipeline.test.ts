/** Whole runs: every way in which one ends, and what is left of it. */
import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readJournal } from '../../src/pipeline/journal/journal.ts';
import { runsOf } from '../../src/pipeline/journal/progress.ts';
import { PipelineError } from '../../src/pipeline/pipeline-error.ts';
import type { Ended } from '../../src/pipeline/run.ts';
import { accuracy, writeCandidate } from './fixture.ts';
import { beside, filesOf, folderOf, labels, modelJson, opened, run, worldOf } from './world.ts';

t.test('a candidate that is good in all respects comes to answer, also after the next start', async (t) => {
  const world = worldOf(t, {}, { versionLabels: { old: 1 } });
  world.served.settings = { shadow: '1' };
  t.match(await run(world), { outcome: 'promoted', version: '2' });
  t.equal(world.served.defaultVersion, '2');
  t.strictSame(world.served.settings, { shadow: '1' }, 'the traffic is what it was');
  t.strictSame(modelJson(world), { maxBatchSize: 8, versionLabels: { old: 1 }, defaultVersion: 2 });
  world.served.start();
  t.equal(world.served.defaultVersion, '2');
  t.strictSame(beside(world), []);
  t.strictSame(world.commands, ['models gate net']);
  t.match(
    world.served.calls.filter((call) => call.startsWith('set')),
    ['set {"1":90,"2":10}', 'set null'],
  );
});

t.test(
  'while the canary is watched the champion is named, so that no number answers by being the highest',
  async (t) => {
    const world = worldOf(t);
    let seen: unknown;
    world.served.before = (call) => {
      if (call === 'traffic' && filesOf(world).includes('2')) seen ??= modelJson(world);
    };
    await run(world);
    t.match(seen, { defaultVersion: 1 });
  },
);

t.test('what the gate refuses is never put among the versions', async (t) => {
  const world = worldOf(t);
  world.gate = ([, verb]) => (verb === 'gate' ? 3 : 0);
  t.match(await run(world), { outcome: 'refused', reason: 'Refused. It is worse.' });
  t.strictSame(filesOf(world), ['1', 'model.json']);
  t.strictSame(beside(world), []);
  t.notOk(world.served.calls.includes('load'));
});

t.test('a gate that cannot judge fails the run', async (t) => {
  const world = worldOf(t);
  world.gate = ([, verb]) => (verb === 'gate' ? 1 : 0);
  t.match(await run(world), {
    outcome: 'failed',
    reason: /^gate: the candidate could not be judged: Refused/,
  });
});

t.test('a canary that is worse by feedback is rolled back, and its number is not used again', async (t) => {
  const world = worldOf(t, { canary: { feedback: { minLabels: 30 } } }, { description: 'x' });
  const before = readFileSync(join(folderOf(world), 'model.json'), 'utf8');
  world.served.verdict = 'inconclusive';
  labels(world, {}, { 1: [280, 300], 2: [18, 40] });
  t.match(await run(world), {
    outcome: 'rolled_back',
    reason: /accuracy by feedback 45\.0 % \(n 40\), of the champion 93\.3 %/,
  });
  t.equal(world.served.defaultVersion, '1');
  t.strictSame(world.served.versions, ['1']);
  t.equal(readFileSync(join(folderOf(world), 'model.json'), 'utf8'), before);
  t.strictSame(filesOf(world), ['1', 'model.json']);
  t.strictSame(beside(world), []);
  world.served.verdict = 'pass';
  labels(world, { 1: [280, 300] }, { 1: [560, 600], 3: [490, 500] });
  t.match(await run(world), { outcome: 'promoted', version: '3' });
});

t.test('a canary is not promoted before feedback has shown that it is not worse', async (t) => {
  const world = worldOf(t, { canary: { feedback: { minLabels: 30 }, deadline: '5m' } });
  labels(world, {}, { 1: [95, 100], 2: [30, 32] });
  t.match(await run(world), {
    outcome: 'rolled_back',
    reason: /^nothing is proved in time: .*accuracy by feedback/,
  });
});

t.test('labels of the champion from before the canary do not count', async (t) => {
  const world = worldOf(t, { canary: { feedback: { minLabels: 30, maxLoss: 0.2 }, deadline: '5m' } });
  // It was good once; since the canary began it is right in half of the cases, as is the canary.
  labels(world, { 1: [1000, 1000] }, { 1: [1200, 1400], 2: [210, 400] });
  t.match(await run(world), { outcome: 'promoted' });
});

t.test('the guard of the server rolls back, and the run says why', async (t) => {
  const world = worldOf(t);
  world.served.verdict = 'inconclusive';
  world.served.before = (call) => {
    if (call !== 'traffic' || world.served.settings['split'] === undefined) return;
    world.served.settings = { split: { 1: 1 } };
    world.served.state = 'rolled_back';
    world.served.reason = 'failed checks threshold reached 1: version 2: error rate 9.00 % > 1.00 % (n 100)';
  };
  t.match(await run(world), { outcome: 'rolled_back', reason: /error rate 9\.00 %/ });
  t.strictSame(world.served.versions, ['1']);
});

t.test('a server that does not take the candidate fails the run, and nothing is left of it', async (t) => {
  const world = worldOf(t);
  world.served.before = (call) => {
    world.served.refuses =
      call === 'load' && filesOf(world).includes('2') ? 'It answers a golden sample otherwise.' : undefined;
  };
  t.match(await run(world), { outcome: 'failed', reason: 'load: It answers a golden sample otherwise.' });
  t.strictSame(filesOf(world), ['1', 'model.json']);
  t.strictSame(world.served.settings, {});
});

t.test('shares grow one after the other', async (t) => {
  const world = worldOf(t, { canary: { weights: [5, 25, 60] } });
  t.match(await run(world), { outcome: 'promoted' });
  t.strictSame(
    world.served.calls.filter((call) => call.startsWith('set')),
    ['set {"1":95,"2":5}', 'set {"1":75,"2":25}', 'set {"1":40,"2":60}', 'set null'],
  );
});

t.test('a server that is started again in the middle of a canary gets its split again', async (t) => {
  const world = worldOf(t);
  let looks = 0;
  world.served.before = (call) => {
    if (call !== 'traffic' || !world.served.versions.includes('2')) return;
    if (++looks === 1) world.served.start();
  };
  t.match(await run(world), { outcome: 'promoted' });
  t.equal(world.served.calls.filter((call) => call === 'set {"1":90,"2":10}').length, 2);
});

t.test('a server that is away for a while is waited for', async (t) => {
  const world = worldOf(t);
  let asked = 0;
  world.served.before = (call) => {
    if (call === 'traffic') world.served.away = ++asked % 5 !== 0;
    else world.served.away = false;
  };
  t.match(await run(world), { outcome: 'promoted' });
});

t.test('a server that stays away leaves the canary to the next start', async (t) => {
  const world = worldOf(t);
  world.served.verdict = 'inconclusive';
  world.served.before = () => {
    world.served.away = world.served.settings['split'] !== undefined;
  };
  await t.rejects(run(world), /cannot be reached/);
  world.served.before = () => undefined;
  world.served.away = false;
  world.served.verdict = 'pass';
  t.match(await run(world), { outcome: 'promoted', version: '2' });
  t.equal(world.job.runs, 1, 'it was not trained again');
});

t.test('a split of somebody else is not touched', async (t) => {
  const world = worldOf(t);
  world.served.settings = { split: { 1: 1 } };
  t.match(await run(world), { outcome: 'failed', reason: /has a split that is not this pipeline's/ });
  t.strictSame(world.served.settings, { split: { 1: 1 } });
});

t.test('a model.json that was changed while the candidate was made stays', async (t) => {
  const world = worldOf(t);
  world.gate = () => {
    writeFileSync(join(folderOf(world), 'model.json'), '{"description":"mine"}');
    return 0;
  };
  t.match(await run(world), { outcome: 'failed', reason: /model.json was changed/ });
  t.strictSame(modelJson(world), { description: 'mine' });
  t.strictSame(filesOf(world), ['1', 'model.json']);
});

t.test(
  'a model whose policy has no room for two, or that declares a split, is refused with the remedy',
  async (t) => {
    const narrow = worldOf(t, {}, { versionPolicy: { latest: 1 } });
    t.match(await run(narrow), { outcome: 'failed', reason: /make it "all", or \{"latest": 2\}/ });
    const split = worldOf(t, {}, { traffic: { split: { 1: 1 } } });
    t.match(await run(split), { outcome: 'failed', reason: /take traffic.split away/ });
  },
);

t.test('a trainer that fails, or writes nothing, fails the run with its words', async (t) => {
  const world = worldOf(t);
  Object.assign(world.job, {
    run: () => Promise.reject(new PipelineError('the job ended with exit code 1: no data')),
  });
  t.match(await run(world), { outcome: 'failed', reason: 'train: the job ended with exit code 1: no data' });
  Object.assign(world.job, { run: () => Promise.resolve() });
  t.match(await run(world), { outcome: 'failed', reason: /has written no model.onnx/ });
});

t.test('a candidate that is no ONNX fails the run before anything is judged', async (t) => {
  const world = worldOf(t);
  Object.assign(world.job, {
    run: ({ env }: { env: Record<string, string> }) => {
      writeFileSync(join(env['TRAIN_OUT']!, 'model.onnx'), 'pickle');
      return Promise.resolve();
    },
  });
  t.match(await run(world), { outcome: 'failed', reason: /^export: The candidate cannot be used/ });
  t.strictSame(world.commands, []);
});

t.test('a link in what was trained is refused: it could lead to a key', async (t) => {
  const world = worldOf(t);
  const key = join(world.settings.models, '../signing.pem');
  writeFileSync(key, 'PRIVATE KEY');
  Object.assign(world.job, {
    run: ({ env }: { env: Record<string, string> }) => {
      writeCandidate(env['TRAIN_OUT']!);
      symlinkSync(key, join(env['TRAIN_OUT']!, 'weights.data'));
      return Promise.resolve();
    },
  });
  t.match(await run(world), { outcome: 'failed', reason: /^export: .*weights\.data is a link/ });
  t.strictSame(beside(world), []);
  Object.assign(world.job, {
    run: ({ env }: { env: Record<string, string> }) => {
      rmSync(env['TRAIN_OUT']!, { recursive: true });
      symlinkSync(folderOf(world) + '/1', env['TRAIN_OUT']!);
      return Promise.resolve();
    },
  });
  t.match(await run(world), { outcome: 'failed', reason: /^export: .*trained is a link/ });
});

t.test('old versions of the pipeline leave, those of others and those with a label stay', async (t) => {
  const world = worldOf(t, { keepVersions: 2, canary: { labels: ['stable'] } });
  for (const version of ['2', '3', '4']) t.match(await run(world), { outcome: 'promoted', version });
  t.strictSame(filesOf(world), ['1', '3', '4', 'model.json']);
  t.match(modelJson(world), { defaultVersion: 4, versionLabels: { stable: 4 } });
});

t.test('what a run has pushed is what the store has at its end', async (t) => {
  const world = worldOf(t, { push: true });
  t.match(await run(world), { outcome: 'promoted' });
  t.strictSame(world.commands, ['models gate net', 'artifacts push net/2', 'artifacts push net']);
  world.commands.length = 0;
  world.served.verdict = 'inconclusive';
  labels(world, {}, { 2: [950, 1000], 3: [100, 1000] });
  const worse = {
    ...world,
    settings: {
      ...world.settings,
      canary: { ...world.settings.canary, feedback: { maxLoss: 0.05, minLabels: 30 } },
    },
  };
  t.match(await run(worse), { outcome: 'rolled_back' });
  t.strictSame(world.commands, ['models gate net', 'artifacts push net/3', 'artifacts remove net/3']);
});

t.test('a store that is away after the promotion does not take it back', async (t) => {
  const world = worldOf(t, { push: true });
  world.gate = (args) => Number(args[2] === 'net' && args[1] === 'push');
  t.match(await run(world), { outcome: 'promoted' });
  const [only] = runsOf(readJournal(world.settings.state).events);
  t.match(only?.facts.promote, { store: 'Refused. It is worse.' });
});

t.test('a second pipeline of the model is refused while one works', async (t) => {
  const world = worldOf(t);
  const first = opened(world);
  t.throws(() => opened(world), /runs already/);
  await first.close();
  await opened(world).close();
});

t.test('a trigger that is due begins one run, and not the next at once', async (t) => {
  const world = worldOf(t, { triggers: { labels: 10 } });
  world.served.said = () => accuracy({ 1: [9, 10] });
  const pipeline = opened(world);
  t.match(await pipeline.once(), { outcome: 'promoted' });
  t.equal(await pipeline.once(), undefined);
  await pipeline.close();
  const [only] = runsOf(readJournal(world.settings.state).events);
  t.match(only, { trigger: 'labels', reason: '10 new labels', labels: 10 });
});

t.test('a pipeline that watches goes on while the server is away, and ends when it is stopped', async (t) => {
  const world = worldOf(t, { triggers: { every: '1h', look: '10m' } });
  const stop = new AbortController();
  const pipeline = opened(world, stop.signal);
  let looks = 0;
  world.served.before = () => {
    world.served.away = ++looks < 4;
  };
  const ended: Ended[] = [];
  await pipeline.watch((how) => {
    if (ended.push(how) === 2) stop.abort(new Error('enough'));
  });
  await pipeline.close();
  t.strictSame(
    ended.map(({ outcome }) => outcome),
    ['promoted', 'promoted'],
  );
});
