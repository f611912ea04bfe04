/** The commands below `ortolan artifacts`, on a folder as a store. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { writeVersion } from '../artifacts/models.ts';
import { ortolan, type Ended } from './ortolan.ts';

function placeOf(t: Test) {
  const base = t.testdir({ models: {} });
  const env = { ORTOLAN_ARTIFACTS_URL: `file://${base}/store`, ORTOLAN_MODELS: join(base, 'models') };
  const run = (...args: string[]): Promise<Ended> => ortolan(['artifacts', ...args], env, base);
  return { base, models: join(base, 'models'), run };
}

t.test('a model goes there and back, as text for people and as JSON for programs', async (t) => {
  const { base, models, run } = placeOf(t);
  writeVersion(models, 1, 1);
  t.match(await run('push', 'net', '1'), { code: 0, out: /added 1; settings written; 2 files/ });
  writeVersion(models, 1, 2);
  const pushed = await run('push', 'net/1', '--json');
  const { backup, digests } = JSON.parse(pushed.out) as { backup: string; digests: Record<string, string> };
  t.match(await run('list'), { code: 0, out: new RegExp(`net +1 +1 +\\d+ bytes +sha256:${digests['1']}`) });
  t.match(await run('list', '--backups'), { code: 0, out: backup });
  const other = join(base, 'other');
  t.match(await run('pull', `net/1@sha256:${digests['1']}`, '--models', other), { code: 0, out: /added 1/ });
  t.same(readFileSync(join(other, 'net/1/model.onnx')), readFileSync(join(models, 'net/1/model.onnx')));
  t.match(await run('restore', 'net'), { code: 0, out: new RegExp(`as it was in ${backup}`) });
  t.match(await run('pull', `net/1@sha256:${digests['1']}`, '--models', other), {
    code: 1,
    err: /is wanted/,
  });
  writeVersion(models, 2, 2, { defaultVersion: 1 });
  t.match(await run('push', 'net', '2'), { code: 0, out: /added 2/ });
  t.match(await run('remove', 'net', '2'), { code: 0, out: /net 2 is no longer in/ });
  t.match(await run('pull', 'net', '--models', other, '--json'), { code: 0, out: /"replaced": \[\s+"1"/ });
});

t.test('what would be lost is not replaced without being asked for', async (t) => {
  const { models, run } = placeOf(t);
  writeVersion(models, 1, 1);
  await run('push', 'net');
  writeVersion(models, 1, 2);
  t.match(await run('pull', 'net'), { code: 1, err: /was not pulled, and is another/ });
  t.match(await run('pull', 'net', '--replace'), { code: 0, out: /replaced 1/ });
});

t.test('what cannot be done is said in a sentence, with the exit code', async (t) => {
  const { base, models, run } = placeOf(t);
  writeVersion(models, 1, 1);
  for (const [args, code, err] of [
    [['push', 'none'], 1, /no model none/],
    [['push', 'net/7'], 1, /no version 7/],
    [['push', '../net'], 2, /is no model/],
    [['pull'], 1, /There is no model in file:/],
    [['restore', 'net'], 1, /no backup of net/],
    [['prune', '--keep', 'month'], 2, /--keep takes/],
    [['lifecycle'], 2, /prune --keep 30d/],
    [['list', '--from', 's3://user:secret@bucket/x'], 2, /credentials do not belong/],
    [['list', '--from', 'http://x'], 2, /begins with none/],
  ] as const) {
    const ended = await run(...args);
    t.match(ended, { code, err }, args.join(' '));
    t.notMatch(ended.err, 'secret');
  }
  const without = await ortolan(['artifacts', 'list'], {}, base);
  t.match(without, { code: 2, err: /ORTOLAN_ARTIFACTS_URL/ });
  mkdirSync(join(base, 'store'), { recursive: true });
  writeFileSync(join(base, 'store/index.json@1'), '{');
  t.match(await run('list'), { code: 1, err: /is no JSON/ });
  rmSync(join(base, 'store'), { recursive: true });
});
