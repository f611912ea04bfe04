import t from 'tap';
import { countsLine, createTally } from './tally.ts';
import type { Tally } from './tally.ts';

t.test('counts assertions, not the tests and files around them', async (t) => {
  const { counts, failures } = await read(`
# Subtest: test/a.test.ts
    # Subtest: adds
        ok 1 - one
        ok 2 - two
        1..2
    ok 1 - adds
    1..1
ok 1 - test/a.test.ts
1..1`);
  t.same(counts, { passed: 2, failed: 0, skipped: 0 });
  t.same(failures, []);
});

t.test('keeps a failure once, with its path and what tap wrote about it', async (t) => {
  const { counts, failures } = await read(`
# Subtest: test/a.test.ts
    # Subtest: adds
        not ok 1 - one
          ---
          diff: "-1 +2"
          ...
        ok 2 - two
        1..2
    not ok 1 - adds
    1..1
not ok 1 - test/a.test.ts
1..1`);
  t.same(counts, { passed: 1, failed: 1, skipped: 0 });
  t.same(failures, [{ name: 'test/a.test.ts > adds > one', details: { diff: '-1 +2' } }]);
});

t.test('counts a test that passes without an assertion', async (t) => {
  const { counts } = await read(`
# Subtest: a property holds
    1..0
ok 1 - a property holds
1..1`);
  t.same(counts, { passed: 1, failed: 0, skipped: 0 });
});

t.test('counts a file that died although all its assertions had passed', async (t) => {
  const { counts, failures } = await read(`
# Subtest: test/a.test.ts
    ok 1 - one
    1..1
not ok 1 - test/a.test.ts
  ---
  signal: SIGABRT
  ...
1..1`);
  t.same(counts, { passed: 1, failed: 1, skipped: 0 });
  t.same(failures, [{ name: 'test/a.test.ts', details: { signal: 'SIGABRT' } }]);
});

t.test('counts a file without a test as failed', async (t) => {
  const { counts } = await read(`
# Subtest: test/a.test.ts
    1..0 # no tests found
ok 1 - test/a.test.ts # SKIP no tests found
1..1`);
  t.same(counts, { passed: 0, failed: 1, skipped: 0 });
});

t.test('counts what was skipped, and what is not done yet, as skipped', async (t) => {
  const { counts, skips } = await read(`
ok 1 - needs a GPU # SKIP no GPU
not ok 2 - later # TODO
1..2`);
  t.same(counts, { passed: 0, failed: 0, skipped: 2 });
  t.same(skips, [
    { name: 'needs a GPU', reason: 'no GPU' },
    { name: 'later', reason: '' },
  ]);
});

t.test('tells each file its own counts', async (t) => {
  const seen: unknown[] = [];
  await read(
    `
# Subtest: test/a.test.ts
    ok 1 - one
    ok 2 - two # SKIP
    1..2
ok 1 - test/a.test.ts # time=12ms
# Subtest: test/b.test.ts
    not ok 1 - one
    1..1
not ok 2 - test/b.test.ts # time=3ms
1..2`,
    seen,
  );
  t.same(seen, [
    ['test/a.test.ts', { passed: 1, failed: 0, skipped: 1 }, 12],
    ['test/b.test.ts', { passed: 0, failed: 1, skipped: 0 }, 3],
  ]);
});

t.test('the closing line names skipped tests only when there are some', async (t) => {
  t.equal(countsLine({ passed: 3, failed: 0, skipped: 0 }), '3 passed, 0 failed');
  t.equal(countsLine({ passed: 3, failed: 1, skipped: 2 }), '3 passed, 1 failed, 2 skipped');
});

async function read(stream: string, files: unknown[] = []): Promise<Tally> {
  const tally = createTally({ onFile: (...file) => files.push(file) });
  const complete = new Promise((resolve) => tally.parser.on('complete', resolve));
  tally.parser.end(`TAP version 14${stream}\n`);
  await complete;
  return tally;
}
