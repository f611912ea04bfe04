/** `ortolan pipeline` as people type it. What runs do is in test/pipeline and test/learn. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Journal } from '../../../src/pipeline/journal/journal.ts';
import { Lock } from '../../../src/pipeline/lock.ts';
import { LEAST } from '../../pipeline/fixture.ts';
import { ortolan } from '../ortolan.ts';

const pipelineIn = (folder: string, more: object = {}): string => {
  const file = join(folder, 'pipeline.json');
  writeFileSync(file, JSON.stringify({ ...LEAST, ...more }));
  return file;
};

t.test('status says how far the runs are, and whether a process works on them', async (t) => {
  const folder = t.testdir({ models: {} });
  const file = pipelineIn(folder);
  const status = (...args: string[]) => ortolan(['pipeline', 'status', '--config', file, ...args]);
  t.match(await status(), { code: 0, out: 'net: no process works on it, no run is over\n' });
  const journal = new Journal({ folder: join(folder, 'pipeline'), model: 'net', now: Date.now });
  journal.append('r1', 'run.started', { trigger: 'labels', reason: '500 new labels' });
  journal.append('r1', 'step.started', { step: 'gate' });
  journal.append('r1', 'step.finished', {
    step: 'gate',
    ms: 61_000,
    facts: { passed: false, says: ['8 is lost'] },
  });
  journal.append('r1', 'run.finished', { outcome: 'refused', reason: '8 is lost' });
  journal.append('r2', 'run.started', { trigger: 'command', reason: 'by command' });
  journal.append('r2', 'step.started', { step: 'train' });
  journal.close();
  const lock = Lock.take(join(folder, 'models'), 'net');
  t.teardown(() => lock.release());
  const { out } = await status();
  t.match(out, /^net: a process works on it; 1 refused\n/);
  t.match(out, /r2 {2}\S+ ago, by command \(by command\)\n {2}train +begun\n {2}goes on/);
  t.match(out, /gate +done +1m 1s {2}8 is lost\n {2}refused: 8 is lost/);
  const json = JSON.parse((await status('--json', '--runs', '1')).out) as { runs: unknown[] };
  t.match(json, {
    model: 'net',
    running: true,
    totals: { refused: 1 },
    runs: [{ id: 'r2', steps: [{ step: 'train', state: 'begun' }] }],
  });
  t.equal(json.runs.length, 1);
});

t.test('what cannot be is refused with code 2 and one sentence', async (t) => {
  const folder = t.testdir({ models: {} });
  const file = pipelineIn(folder, { trian: {} });
  const run = (...args: string[]) => ortolan(['pipeline', 'run', '--config', file, ...args]);
  t.match(await run(), {
    code: 2,
    err: /pipeline\.json#\/trian is an unknown field \(did you mean train\?\)\n$/,
  });
  t.match(await run('--once', '--watch'), { code: 2, err: /one of them is too many/ });
  t.match(await run('--once', '--candidate', 'x'), { code: 2, err: /--candidate begins a run/ });
  t.match(await ortolan(['pipeline', 'status', '--config', join(folder, 'none.json')]), {
    code: 2,
    err: /cannot be read \(ENOENT\)/,
  });
  t.match(await ortolan(['pipeline', 'status', '--runs', '0', '--config', file]), {
    code: 2,
    err: /whole number above 0/,
  });
});

t.test('a key file that others can read is refused before anything begins', async (t) => {
  const folder = t.testdir({ models: {}, key: 'secret' });
  const file = pipelineIn(folder, { keyFile: 'key' });
  const { code, err } = await ortolan(['pipeline', 'run', '--config', file]);
  t.equal(code, 2);
  t.match(err, /can be read by every user/);
  t.notMatch(err, /secret/);
});

t.test('a job of a cluster is refused outside of one', async (t) => {
  const folder = t.testdir({ models: {} });
  const train = { command: ['train'], kubernetes: { template: 'job.json' } };
  t.match(await ortolan(['pipeline', 'run', '--config', pipelineIn(folder, { train })]), {
    code: 2,
    err: /it runs in none/,
  });
});

t.test('a server that is away leaves the run for the next start', async (t) => {
  const folder = t.testdir();
  mkdirSync(join(folder, 'models/net'), { recursive: true });
  const file = pipelineIn(folder, { server: 'http://127.0.0.1:1', triggers: { labels: 5 } });
  const { code, err } = await ortolan(['pipeline', 'run', '--once', '--config', file]);
  t.equal(code, 1);
  t.match(err, /The server cannot be reached \(127\.0\.0\.1:1: ECONNREFUSED\): is it running\?\n$/);
});
