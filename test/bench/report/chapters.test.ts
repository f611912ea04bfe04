/** What the sections say: verdicts, what stands beside what, and that nothing measured is lost on the way. */
import t from 'tap';
import type { Block } from '../../../bench/report/text/blocks.ts';
import { page } from '../../../bench/report/html.ts';
import { markdown } from '../../../bench/report/text/markdown.ts';
import { sections } from '../../../bench/report/chapters.ts';
import { verdict } from '../../../bench/report/chapters/targets.ts';
import { spreadView } from '../../../bench/report/spread-view.ts';
import type { Results, Target } from '../../../bench/record/results.ts';
import { madeUpResults } from './fixtures/results.ts';

const ours = (results: Results): Results => ({
  ...results,
  closedLoop: results.closedLoop.filter(({ server }) => server === 'ortolan'),
  openLoop: results.openLoop.filter(({ server }) => server === 'ortolan'),
  highestRates: results.highestRates.filter(({ server }) => server === 'ortolan'),
});

t.test('a verdict is the median’s, with the distance in percent of the bound', async (t) => {
  t.equal(verdict(target('at least', 0.8), around(0.88)), '**met**, 10.0 % to spare');
  t.equal(verdict(target('at least', 1), around(0.9)), '**not met**, by 10.0 %');
  t.equal(verdict(target('at most', 200), around(180)), '**met**, 10.0 % to spare');
  t.equal(verdict(target('at most', 200), around(220)), '**not met**, by 10.0 %');
  t.equal(
    verdict(target('at most', 200), around(200)),
    '**met**, 0 % to spare; the interval holds the bound',
  );
});

t.test('a verdict that the interval does not bear out says so, met or not', async (t) => {
  for (const better of ['at least', 'at most'] as const) {
    for (const median of [0.95, 1.05]) {
      const wide = { median, low: 0.9, high: 1.1, confidence: 0.95 };
      t.match(verdict(target(better, 1), wide), /; the interval holds the bound$/, `${better}, ${median}`);
    }
  }
});

t.test('a target without a figure is not measured, rather than met or not', async (t) => {
  const values: number[] = [];
  const own = madeUpResults({ targets: [{ ...target('at most', 5), values }] });
  t.match(text(own), /\| T +\|.*\| not measured \|/);
  t.match(text(own), '0 of 1 are met, 1 not measured');
});

t.test('a pair of which one half was not measured does not count', async (t) => {
  const pairs = JSON.parse('[{"a":null,"b":1},{"a":1,"b":0},{"a":3,"b":2}]') as Target['pairs'] & object;
  const { values: _none, ...bare } = target('at least', 1);
  t.match(text(madeUpResults({ targets: [{ ...bare, pairs }] })), /\| T +\|.*\| +1\.50 \|.*\| +1 \|/);
});

t.test('every kind of row is in the document', async (t) => {
  const own = madeUpResults();
  const shown = text(own);
  const expected = [
    ...own.targets.flatMap(({ name, how }) => [name, how]),
    ...own.ceilings.map(({ what }) => what),
    ...['Ortolan', 'mosec-cv2', 'FastAPI', 'Ray Serve', '2 workers, batch 4'],
    ...own.scenarios.flatMap(({ name, description, figures }) => [
      name,
      description,
      ...Object.keys(figures ?? {}),
    ]),
    ...['0.5 CPU, 512 MiB', 'control groups', 'batcher: enqueue, cut, settle', 'header: read \\| JPEG'],
    ...(own.fleets ?? []).map(({ how }) => how),
    ...['5 x 0.4 CPU', '4,120 requests in 41.2 s', 'core hours for a million answers'],
    ...own.skipped.map(({ what, why }) => `${what}: ${why}`),
  ];
  for (const one of expected) t.ok(shown.includes(one), one);
});

t.test('an empty run makes a document that says where it was taken', async (t) => {
  const nothing = { ceilings: [], closedLoop: [], openLoop: [], highestRates: [], scenarios: [] };
  const own = madeUpResults({ ...nothing, pods: [], fleets: [], micro: [], targets: [], skipped: [] });
  t.match(text(own), 'Made-up CPU 3000');
  t.notMatch(text(own), '## Closed loop');
});

t.test('a quick run and uncommitted changes are said at the top', async (t) => {
  t.match(text(madeUpResults({ form: 'quick' })), 'Form: **quick**');
  t.match(text(madeUpResults({ dirty: true })), 'with uncommitted changes');
  t.notMatch(text(madeUpResults()), /uncommitted|quick\*\*/);
});

t.test('peers of another run stand beside our rows of that run, and the document says so', async (t) => {
  const other = madeUpResults({ commit: 'fedcba9' });
  const slower = other.closedLoop.map((row) =>
    row.server === 'ortolan' ? { ...row, perSecond: [77.7] } : row,
  );
  const own = ours(madeUpResults());
  const shown = markdown(sections({ own, beside: { ...other, closedLoop: slower } }), '');
  t.match(shown, /are of another run: .*fedcba9/);
  const [, sideBySide = ''] = shown.split('### fp32: side by side');
  t.match(sideBySide.split('###')[0], /\*\*Ortolan\*\* \| 1 \| 77\.7 /);
  t.match(shown.split('### fp32: side by side')[0], /\| 16 \| 1\d\d \(/, 'our own table is of our own run');
});

t.test('a row of dots shows each repetition at its distance from the median', async (t) => {
  const html = spreadView({
    kind: 'spread',
    of: 'answers',
    rows: [{ label: 'a<b', values: [90, 100, 110] }],
  });
  t.same(
    [...html.matchAll(/left:([\d.]+)%/g)].map(([, left]) => left),
    ['0.0', '50.0', '100.0'],
  );
  t.match(html, 'a&lt;b');
  t.match(html, '−10 %');
});

t.test('what has no spread has no row of dots', async (t) => {
  const rows = [
    { label: 'once', values: [3] },
    { label: 'never', values: [0, 0, 0] },
  ];
  t.equal(spreadView({ kind: 'spread', of: 'answers', rows }), '');
});

t.test('the page asks nobody for anything, and means nothing by what it quotes', async (t) => {
  const own = madeUpResults({ skipped: [{ what: '<script>alert(1)</script>', why: 'a & "b"' }] });
  const html = page('Title', sections({ own, beside: own }));
  t.notMatch(html, /<script|<link|<img|src=|@import|url\(/);
  t.match(html, '&lt;script&gt;alert(1)&lt;/script&gt;: a &amp; &quot;b&quot;');
  const links = [...html.matchAll(/href="#([^"]*)"/g)].map(([, id]) => id);
  for (const id of links) t.ok(html.includes(`id="${id}"`), `#${id} leads somewhere`);
});

t.test('text is Markdown’s inline part in both forms', async (t) => {
  const blocks: Block[] = [{ kind: 'text', text: '**a** *b* `c *d*` [e](https://example.org/)' }];
  t.match(
    page('', blocks),
    '<p><strong>a</strong> <em>b</em> <code>c *d*</code> <a href="https://example.org/">e</a></p>',
  );
});

function text(own: Results): string {
  return markdown(sections({ own, beside: own }), 'performance');
}

function target(better: Target['better'], bound: number): Target {
  return { name: 'T', bound, better, unit: 'ratio', values: [1], how: 'By hand.' };
}

function around(median: number): { median: number; low: number; high: number; confidence: number } {
  return { median, low: median * 0.99, high: median * 1.01, confidence: 0.95 };
}
