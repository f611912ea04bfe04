import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { FileWatch } from '../../src/disk/file-watch.ts';
import { FakeClock } from '../support/fake-clock.ts';

/** A watch whose looks the test makes. `changes`: reported so far. */
function watch(t: Test, files: readonly string[]) {
  const clock = new FakeClock();
  const watched = { changes: 0, look, clock, stop: () => watching.stop() };
  const watching = new FileWatch({ files, clock, onChange: () => watched.changes++, intervalMs: 1000 });
  t.teardown(() => watching.stop());
  async function look(): Promise<void> {
    clock.advance(1000);
    while (clock.pending === 0) await setImmediate();
  }
  return watched;
}

t.test('reports nothing while nothing changes', async (t) => {
  const folder = t.testdir({ key: 'a' });
  const watched = watch(t, [join(folder, 'key'), join(folder, 'not there')]);
  for (let looks = 0; looks < 3; looks++) await watched.look();
  t.equal(watched.changes, 0);
});

t.test('reports a change once, when the file has stayed the same for an interval', async (t) => {
  const file = join(t.testdir({ key: 'a' }), 'key');
  const watched = watch(t, [file]);
  appendFileSync(file, 'half');
  await watched.look();
  appendFileSync(file, 'whole');
  await watched.look();
  t.equal(watched.changes, 0, 'it is being written');
  await watched.look();
  t.equal(watched.changes, 1);
  await watched.look();
  t.equal(watched.changes, 1);
});

t.test('reports two files that change one after the other as one change', async (t) => {
  const folder = t.testdir({ certificate: 'a', key: 'a' });
  const [certificate, key] = [join(folder, 'certificate'), join(folder, 'key')];
  const watched = watch(t, [certificate, key]);
  writeFileSync(certificate, 'b');
  await watched.look();
  writeFileSync(key, 'b');
  await watched.look();
  await watched.look();
  t.equal(watched.changes, 1);
});

t.test('notices the link that Kubernetes swaps', async (t) => {
  const volume = t.testdir({ '..first': { key: 'a' } });
  symlinkSync('..first', join(volume, '..data'));
  symlinkSync('..data/key', join(volume, 'key'));
  const watched = watch(t, [join(volume, 'key')]);
  mkdirSync(join(volume, '..second'));
  writeFileSync(join(volume, '..second', 'key'), 'b');
  symlinkSync('..second', join(volume, '..data_tmp'));
  renameSync(join(volume, '..data_tmp'), join(volume, '..data'));
  rmSync(join(volume, '..first'), { recursive: true });
  await watched.look();
  await watched.look();
  t.equal(watched.changes, 1);
});

t.test('notices a file that goes, comes, or has another mode', async (t) => {
  const file = join(t.testdir({ key: 'a' }), 'key');
  const watched = watch(t, [file]);
  const steps = [() => rmSync(file), () => writeFileSync(file, 'a'), () => chmodSync(file, 0o400)];
  for (const [index, step] of steps.entries()) {
    step();
    await watched.look();
    await watched.look();
    t.equal(watched.changes, index + 1);
  }
});

t.test('looks no more once it is stopped', async (t) => {
  const file = join(t.testdir({ key: 'a' }), 'key');
  const watched = watch(t, [file]);
  watched.stop();
  t.equal(watched.clock.pending, 0);
});
