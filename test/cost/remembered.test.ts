import { statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { RememberedCaps } from '../../src/cost/remembered.ts';

const DAY_MS = 24 * 3_600_000;
const rows = { rows: true };

const measuredOf = (file: string) =>
  ({
    file,
    device: 'cpu',
    maxBatchSize: 64,
    batching: 'auto',
    inputs: undefined,
    outputs: undefined,
    golden: '',
    graphRewrites: true,
    leastBatchGain: 0.1,
  }) as const;

function setup(t: Pick<Test, 'testdir'>) {
  const folder = t.testdir({ 'model.onnx': 'abc' });
  const time = { now: 1e12 };
  const caps = new RememberedCaps(join(folder, 'cache'), () => time.now);
  const measured = measuredOf(join(folder, 'model.onnx'));
  return { caps, measured, time };
}

t.test('what was measured is there at the next start', async (t) => {
  const { caps, measured } = setup(t);
  t.equal(caps.recall(measured), undefined);
  caps.remember(measured, { cap: 16, joins: rows });
  t.same(caps.recall(measured), { cap: 16, joins: rows });
});

t.test('it holds for the same file, device and limit only', async (t) => {
  const { caps, measured } = setup(t);
  caps.remember(measured, { cap: 16, joins: rows });
  t.equal(caps.recall({ ...measured, device: 'cuda' }), undefined);
  t.equal(caps.recall({ ...measured, maxBatchSize: 8 }), undefined);
  t.equal(caps.recall({ ...measured, batching: 'always' }), undefined);
  t.equal(caps.recall({ ...measured, graphRewrites: false }), undefined);
  t.equal(caps.recall({ ...measured, leastBatchGain: 0.03 }), undefined);
  t.equal(caps.recall({ ...measured, golden: 'cat.json 1 2' }), undefined, 'samples that were not asked');
  const { atime } = statSync(measured.file);
  utimesSync(measured.file, atime, new Date(0));
  t.equal(caps.recall(measured), undefined, 'a file that was written since');
});

t.test('why a graph is not rewritten is there as well', async (t) => {
  const { caps, measured } = setup(t);
  caps.remember(measured, { cap: 1, joins: rows, rewritesRefused: 'it answers wrongly' });
  t.same(caps.recall(measured), { cap: 1, joins: rows, rewritesRefused: 'it answers wrongly' });
});

t.test('after a week it is measured again', async (t) => {
  const { caps, measured, time } = setup(t);
  caps.remember(measured, { cap: 4, joins: rows });
  time.now += 6 * DAY_MS;
  t.same(caps.recall(measured), { cap: 4, joins: rows });
  time.now += 2 * DAY_MS;
  t.equal(caps.recall(measured), undefined);
});

t.test('invalid records are ignored', async (t) => {
  const { caps, measured } = setup(t);
  for (const cap of [0, 65, 1.5, -1]) {
    caps.remember(measured, { cap, joins: rows });
    t.equal(caps.recall(measured), undefined, String(cap));
  }
  caps.remember(measured, { cap: 1, joins: {} as never });
  t.equal(caps.recall(measured), undefined, 'a record of an earlier version');
});

t.test('a folder that cannot be written costs the memory, and nothing else', async (t) => {
  const folder = t.testdir({ 'model.onnx': 'abc', cache: 'a file' });
  const caps = new RememberedCaps(join(folder, 'cache'), () => 0);
  const measured = measuredOf(join(folder, 'model.onnx'));
  t.doesNotThrow(() => caps.remember(measured, { cap: 2, joins: rows }));
  t.equal(caps.recall(measured), undefined);
  writeFileSync(measured.file, 'abcd');
  t.doesNotThrow(() => caps.remember({ ...measured, file: '/nowhere' }, { cap: 2, joins: rows }));
});

t.test('a folder below one that answers ENOENT costs the memory, and nothing else', async (t) => {
  const file = join(t.testdir({ 'model.onnx': 'abc' }), 'model.onnx');
  const caps = new RememberedCaps('/proc/cache', () => 0);
  t.doesNotThrow(() => caps.remember(measuredOf(file), { cap: 2, joins: rows }));
});
