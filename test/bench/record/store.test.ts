/** Results on disk: written after each section, resumed, never mixed. */
import { existsSync, readFileSync } from 'node:fs';
import t from 'tap';
import { Store } from '../../../bench/record/store.ts';
import type { Results } from '../../../bench/record/results.ts';

const head = (form: Results['form'] = 'quick', commit = 'abc1234') => ({
  form,
  startedAt: '2026-01-02T03:04:05.000Z',
  commit,
  dirty: false,
  machine: { cpu: 'c', cores: 2, memoryBytes: 1, kernel: 'k', versions: {}, pinning: 'p' },
});
const micro = [{ name: 'm', ns: [1, 2] }];

t.test('each section is on disk when it is done', async (t) => {
  const store = Store.open(t.testdir(), head());
  store.add('micro', { micro });
  t.match(store.file, /2026-01-02-abc1234\.json$/);
  t.match(JSON.parse(readFileSync(store.file, 'utf8')), { schema: 1, form: 'quick', micro, targets: [] });
});

t.test('an interrupted run is resumed; a finished one is not', async (t) => {
  const folder = t.testdir();
  const first = Store.open(folder, head());
  first.add('micro', { micro });
  const second = Store.open(folder, head());
  t.ok(second.isDone('micro'));
  t.same(second.results.micro, micro);
  second.finish();
  t.notOk(existsSync(`${second.file}.unfinished`));
  t.notOk(Store.open(folder, head()).isDone('micro'));
});

t.test('another form, commit or part is another run', async (t) => {
  const folder = t.testdir();
  Store.open(folder, head()).add('micro', { micro });
  t.notOk(Store.open(folder, head('full')).isDone('micro'));
  t.notOk(Store.open(folder, head('quick', 'fff0000')).isDone('micro'));
  t.notOk(Store.open(folder, { ...head(), part: 'peers' }).isDone('micro'));
  t.match(Store.open(folder, { ...head(), part: 'peers' }).file, /2026-01-02-abc1234-peers\.json$/);
});

t.test('a file has a line for each figure, and loses nothing', async (t) => {
  const targets = [
    { name: 'x [1, 2]', bound: 1, better: 'at least', unit: 'ratio', pairs: [{ a: 1.5, b: 2e-7 }], how: 'h' },
  ] as const;
  const store = Store.open(t.testdir(), head());
  store.add('all', { micro, targets });
  const text = readFileSync(store.file, 'utf8');
  t.match(text, /"ns": \[1, 2\]\n/);
  t.match(text, /\{ "a": 1\.5, "b": 2e-7 \}\n/);
  t.match(JSON.parse(text), { micro, targets });
});
