import t from 'tap';
import { measure, measureAll } from '../../../bench/micro/timing.ts';

const NS_PER_MS = 1e6;

/** Uses this many milliseconds of the CPU time of the thread, independent of other load. */
function spin(ms: number): number {
  const start = process.threadCpuUsage();
  for (let spent = 0; spent < ms;) {
    const { user, system } = process.threadCpuUsage(start);
    spent = (user + system) / 1000;
  }
  return ms;
}

t.test('a figure is nanoseconds of one call', async (t) => {
  const { name, ns } = await measure({ name: 'spin', call: () => spin(1) }, true);
  t.equal(name, 'spin');
  t.ok(ns.length > 1);
  t.ok(ns.every((one) => one >= NS_PER_MS));
});

t.test('a call that does several things counts for each of them', async (t) => {
  const { ns } = await measure({ name: 'spin', call: () => spin(1), each: 1000 }, true);
  t.ok(Math.min(...ns) < NS_PER_MS);
  t.ok(ns.every((one) => one >= NS_PER_MS / 1000));
});

t.test('a call that returns a promise ends when it settles', async (t) => {
  const call = async (): Promise<number> => {
    await Promise.resolve();
    return spin(1);
  };
  const { ns } = await measure({ name: 'spin later', call }, true);
  t.ok(ns.every((one) => one >= NS_PER_MS));
});

t.test('a call longer than a sample is timed alone', async (t) => {
  let calls = 0;
  const { ns } = await measure({ name: 'long', call: () => (calls++, spin(50)) }, true);
  t.ok(ns.every((one) => one >= 50 * NS_PER_MS));
  t.ok(calls <= ns.length + 3, 'no call is repeated to fill a sample');
});

t.test('figures come in the order of the benchmarks', async (t) => {
  const figures = await measureAll(
    ['b', 'a'].map((name) => ({ name, call: () => name.length })),
    true,
  );
  t.strictSame(
    figures.map(({ name }) => name),
    ['b', 'a'],
  );
});
