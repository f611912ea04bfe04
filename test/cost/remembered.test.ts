import { statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { RememberedCaps } from '../../src/cost/remembered.ts';

const DAY_MS = 24 * 3_600_000;

function setup(t: Pick<Test, 'testdir'>) {
  const folder = t.testdir({ 'model.onnx': 'abc' });
  const time = { now: 1e12 };
  const caps = new RememberedCaps(join(folder, 'cache'), () => time.now);
  const measured = { file: join(folder, 'model.onnx'), device: 'cpu', maxBatchSize: 64 };
  return { caps, measured, time };
}

t.test('what was measured is there at the next start', async (t) => {
  const { caps, measured } = setup(t);
  t.equal(caps.recall(measured), undefined);
  caps.remember(measured, 16);
  t.equal(caps.recall(measured), 16);
});

t.test('it holds for the same file, device and limit only', async (t) => {
  const { caps, measured } = setup(t);
  caps.remember(measured, 16);
  t.equal(caps.recall({ ...measured, device: 'cuda' }), undefined);
  t.equal(caps.recall({ ...measured, maxBatchSize: 8 }), undefined);
  const { atime } = statSync(measured.file);
  utimesSync(measured.file, atime, new Date(0));
  t.equal(caps.recall(measured), undefined, 'a file that was written since');
});

t.test('after a week it is measured again', async (t) => {
  const { caps, measured, time } = setup(t);
  caps.remember(measured, 4);
  time.now += 6 * DAY_MS;
  t.equal(caps.recall(measured), 4);
  time.now += 2 * DAY_MS;
  t.equal(caps.recall(measured), undefined);
});

t.test('invalid records are ignored', async (t) => {
  const { caps, measured } = setup(t);
  for (const cap of [0, 65, 1.5, -1]) {
    caps.remember(measured, cap);
    t.equal(caps.recall(measured), undefined, String(cap));
  }
});

t.test('a folder that cannot be written costs the memory, and nothing else', async (t) => {
  const folder = t.testdir({ 'model.onnx': 'abc', cache: 'a file' });
  const caps = new RememberedCaps(join(folder, 'cache'), () => 0);
  const measured = { file: join(folder, 'model.onnx'), device: 'cpu', maxBatchSize: 64 };
  t.doesNotThrow(() => caps.remember(measured, 2));
  t.equal(caps.recall(measured), undefined);
  writeFileSync(measured.file, 'abcd');
  t.doesNotThrow(() => caps.remember({ ...measured, file: '/nowhere' }, 2));
});

t.test('a folder below one that answers ENOENT costs the memory, and nothing else', async (t) => {
  const file = join(t.testdir({ 'model.onnx': 'abc' }), 'model.onnx');
  const caps = new RememberedCaps('/proc/cache', () => 0);
  t.doesNotThrow(() => caps.remember({ file, device: 'cpu', maxBatchSize: 64 }, 2));
});
