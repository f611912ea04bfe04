/** Which files are written, which run is shown, and what `--check` reports. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { check } from 'prettier';
import { publish, stale } from '../../../bench/report/publication.ts';
import type { Results } from '../../../bench/record/results.ts';
import { madeUpResults } from './fixtures/results.ts';

const FULL = 'bench/results/2031-05-04-0123abc.json';
const MARKERS = '<!-- performance:begin -->\nold\n<!-- performance:end -->';

t.test('a full run writes the document, its pictures and the table between the markers', async (t) => {
  const { root, read } = folder(
    t,
    { [FULL]: madeUpResults() },
    { 'README.md': `# R\n\n${MARKERS}\n\nEnd.\n` },
  );
  const written = await publish(root, FULL);
  t.same(written.filter((path) => !path.endsWith('.svg')).sort(), ['README.md', 'docs/performance.md']);
  for (const [, picture] of read('docs/performance.md').matchAll(/\]\((performance\/[^)]+)\)/g)) {
    t.match(read(`docs/${picture}`), /^<svg /);
  }
  const readme = read('README.md');
  t.match(readme, /^# R\n\n<!-- performance:begin -->\n\n\| model/);
  t.match(readme, /<!-- performance:end -->\n\nEnd\.\n$/);
  t.notMatch(readme, 'old');
  t.match(readme, /\| int8 +\| \*\*Ortolan\*\* +\| +[\d.]+ \| +\d+ · [\d.]+ · [\d.]+ \|/);
});

t.test('the same results give the same bytes', async (t) => {
  const one = folder(t, { [FULL]: madeUpResults() });
  const other = folder(t, { [FULL]: madeUpResults() });
  await publish(one.root, FULL);
  for (const path of await publish(other.root, FULL)) t.equal(one.read(path), other.read(path), path);
  t.same(await publish(one.root, FULL), [], 'a second time changes nothing');
});

t.test('the document is formatted as by `make format`', async (t) => {
  const { root, read } = folder(t, { [FULL]: madeUpResults() });
  await publish(root, FULL);
  const settings = JSON.parse(readFileSync('.prettierrc.json', 'utf8')) as object;
  t.ok(await check(read('docs/performance.md'), { ...settings, parser: 'markdown' }));
});

t.test('a README without markers is left alone', async (t) => {
  const readme = 'Odd   *formatting*\n===\n';
  const { root, read } = folder(t, { [FULL]: madeUpResults() }, { 'README.md': readme });
  await publish(root, FULL);
  t.equal(read('README.md'), readme);
});

t.test('the document links the experiments by title', async (t) => {
  const { root, read } = folder(
    t,
    { [FULL]: madeUpResults() },
    { 'docs/performance/tried-session.md': '# Sessions\n\n## Arena', 'docs/performance/other.md': '# Other' },
  );
  await publish(root, FULL);
  const document = read('docs/performance.md');
  t.match(document, '## What was tried\n\n- [Sessions](performance/tried-session.md)\n');
  t.notMatch(document, /Arena|Other/);
});

t.test(
  'a quick run gets a document beside its results and leaves the documents of a full run alone',
  async (t) => {
    const quick = 'bench/results/2031-06-01-0000abc.json';
    const { root, read } = folder(t, { [FULL]: madeUpResults() });
    await publish(root, FULL);
    const before = read('docs/performance.md');
    writeFileSync(
      join(root, quick),
      JSON.stringify(madeUpResults({ form: 'quick', startedAt: '2031-06-01T00:00:00Z' })),
    );
    t.same(await publish(root, quick), ['bench/results/2031-06-01-0000abc.md']);
    t.equal(read('docs/performance.md'), before);
    t.match(read('bench/results/2031-06-01-0000abc.md'), 'A **quick** run');
    t.same(await stale(root), []);
  },
);

t.test('an unfinished run gets a document beside its results only', async (t) => {
  const { root } = folder(t, { [FULL]: madeUpResults() }, { [`${FULL}.unfinished`]: '{}' });
  t.same(await publish(root, FULL), ['bench/results/2031-05-04-0123abc.md']);
  t.same(await stale(root), []);
});

t.test('a quick run is shown as long as there is no full one', async (t) => {
  const { root, read } = folder(t, { [FULL]: madeUpResults({ form: 'quick' }) });
  await publish(root, FULL);
  t.match(read('docs/performance.md'), 'A **quick** run');
});

t.test('of two runs of a day the later one is shown, whatever its commit is', async (t) => {
  const later = 'bench/results/2031-05-04-0000000.json';
  const { root, read } = folder(t, {
    [FULL]: madeUpResults(),
    [later]: madeUpResults({ startedAt: '2031-05-04T20:00:00Z', commit: '0000000' }),
  });
  await publish(root, FULL);
  await publish(root, later);
  t.match(read('docs/performance.md'), 'commit `0000000`');
  t.same(await stale(root), []);
});

t.test('a run without peers shows those of the newest run that has them', async (t) => {
  const newer = 'bench/results/2031-07-01-7777777.json';
  const alone = madeUpResults({ startedAt: '2031-07-01T00:00:00Z', commit: '7777777' });
  const ours = {
    ...alone,
    closedLoop: alone.closedLoop.filter(({ server }) => server === 'ortolan'),
    openLoop: [],
  };
  const { root, read } = folder(t, { [FULL]: madeUpResults(), [newer]: ours });
  await publish(root, newer);
  t.match(read('docs/performance.md'), `from ${newer} and ${FULL}`);
  t.match(read('docs/performance.md'), 'FastAPI');
  t.same(await stale(root), []);
});

t.test('files that differ from the results are listed', async (t) => {
  const { root, read } = folder(t, { [FULL]: madeUpResults() }, { 'README.md': `${MARKERS}\n` });
  t.ok((await stale(root)).includes('docs/performance.md'), 'before anything was written');
  await publish(root, FULL);
  t.same(await stale(root), []);
  const change = (file: string): void => writeFileSync(join(root, file), read(file).replace(/\d/, '9?'));
  change('docs/performance.md');
  change('README.md');
  change('docs/performance/goodput-offered-int8.svg');
  writeFileSync(join(root, 'docs/performance/gone.svg'), '');
  t.same((await stale(root)).sort(), [
    'README.md',
    'docs/performance.md',
    'docs/performance/gone.svg',
    'docs/performance/goodput-offered-int8.svg',
  ]);
  await publish(root, FULL);
  t.same(await stale(root), [], 'writing brings all files up to date');
});

t.test('without results no file is stale', async (t) => {
  const { root } = folder(t, {});
  t.same(await stale(root), []);
});

t.test('a file of another schema is refused by name', async (t) => {
  const { root } = folder(t, { [FULL]: { ...madeUpResults(), schema: 2 } as unknown as Results });
  await t.rejects(publish(root, FULL), { message: `${FULL} is not a results file of schema 1.` });
});

function folder(
  t: { readonly testdir: () => string },
  results: Readonly<Record<string, Results>>,
  texts: Readonly<Record<string, string>> = {},
): { readonly root: string; readonly read: (path: string) => string } {
  const root = t.testdir();
  const all = {
    ...Object.fromEntries(Object.entries(results).map(([file, one]) => [file, JSON.stringify(one)])),
    ...texts,
  };
  for (const [file, content] of Object.entries(all)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), content);
  }
  return { root, read: (path) => readFileSync(join(root, path), 'utf8') };
}
