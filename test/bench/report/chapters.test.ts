/** The text of the sections: verdicts, comparisons, and that every measured row is included. */
import t from 'tap';
import { markdown } from '../../../bench/report/text/markdown.ts';
import { bestMatch } from '../../../bench/report/chapters/best-setting.ts';
import { standing } from '../../../bench/report/chapters/standing.ts';
import { chapters } from '../../../bench/report/chapters.ts';
import { verdict } from '../../../bench/report/chapters/targets.ts';
import type { ClosedLoop, ProcessorTime, Results, Target } from '../../../bench/record/results.ts';
import { madeUpResults } from './fixtures/results.ts';

const ours = (results: Results): Results => ({
  ...results,
  closedLoop: results.closedLoop.filter(({ server }) => server === 'ortolan'),
  openLoop: results.openLoop.filter(({ server }) => server === 'ortolan'),
  highestRates: results.highestRates.filter(({ server }) => server === 'ortolan'),
});

t.test('a verdict follows the median, with the distance in percent of the bound', async (t) => {
  t.equal(verdict(target('at least', 0.8), around(0.88)), '**met**, 10.0 % to spare');
  t.equal(verdict(target('at least', 1), around(0.9)), '**not met**, by 10.0 %');
  t.equal(verdict(target('at most', 200), around(180)), '**met**, 10.0 % to spare');
  t.equal(verdict(target('at most', 200), around(220)), '**not met**, by 10.0 %');
  t.equal(
    verdict(target('at most', 200), around(200)),
    '**met**, 0 % to spare; the interval holds the bound',
  );
});

t.test('a verdict that the interval does not confirm is marked, met or not', async (t) => {
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
    ...['Ortolan', 'mosec-cv2', 'FastAPI', 'BentoML', '2 workers, batch 4'],
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

t.test('an empty run makes a document that names its machine', async (t) => {
  const nothing = { ceilings: [], closedLoop: [], openLoop: [], highestRates: [], scenarios: [] };
  const own = madeUpResults({ ...nothing, pods: [], fleets: [], micro: [], targets: [], skipped: [] });
  t.match(text(own), 'Made-up CPU 3000');
  t.notMatch(text(own), '## Closed loop');
});

t.test('a quick run and uncommitted changes are noted at the top', async (t) => {
  t.match(text(madeUpResults({ form: 'quick' })), 'Form: **quick**');
  t.match(text(madeUpResults({ dirty: true })), 'with uncommitted changes');
  t.notMatch(text(madeUpResults()), /uncommitted|quick\*\*/);
});

t.test('peers of another run are compared with our rows of that run, with a note', async (t) => {
  const other = madeUpResults({ commit: 'fedcba9' });
  const slower = other.closedLoop.map((row) =>
    row.server === 'ortolan' ? { ...row, perSecond: [77.7] } : row,
  );
  const own = ours(madeUpResults());
  const shown = markdown(chapters({ own, beside: { ...other, closedLoop: slower } }), '');
  t.match(shown, /are of another run: .*fedcba9/);
  const [, sideBySide = ''] = shown.split('### fp32: side by side');
  t.match(sideBySide.split('###')[0], /\*\*Ortolan\*\* beside FastAPI \|  \| 1 \| 77\.7 /);
  t.match(shown.split('### fp32: side by side')[0], /\| 16 \| 1\d\d \(/, 'our own table is of our own run');
});

t.test('our rows beside several peers are distinguished by name', async (t) => {
  const shown = text(madeUpResults());
  t.match(shown, /\| \*\*Ortolan\*\* beside FastAPI +\| +\| 16 \|/);
  t.match(shown, /\| FastAPI \| 1 worker, default threads \| 16 \|/);
  t.match(shown, /\| \*\*Ortolan\*\* beside mosec-cv2 \| /);
});

t.test('the first lines say how fast, against whom, how measured, and what is not reached', async (t) => {
  const [first = ''] = text(madeUpResults()).split('\n## ');
  const figures = /\*\*\d+\*\* \([\d.]+ ms, [\d.]+ ms\)/.source;
  t.match(
    first,
    /^- \*\*How fast\*\*, at 16 connections: int8 \*\*\d+ answers per second\*\*, p50 [\d.]+ ms, [\d.]+ ms of processor time an answer; fp32 /,
  );
  t.match(
    first,
    new RegExp(
      `\\n- \\*\\*Against whom\\*\\*.*: mosec-cv2 int8 ${figures}, fp32 ${figures}; FastAPI int8 ${figures}`,
    ),
  );
  t.match(first, / mosec-cv2 is mosec with an application that was tuned/);
  t.match(first, /\n- \*\*How measured\*\*: on Made-up CPU 3000 .* 2 cores.*commit `0123abc`\./);
  t.match(
    first,
    /\n- \*\*What is not reached\*\*: of the targets, 2 of 5 are met\. The furthest .*: start \d+ \(at most 600 ms\); batching 9\.\d+ \(at least 10\)/,
  );
  t.equal(first.trim().split('\n').length, 4, 'it fits on a screen');
});

t.test('a target that is met is not among those that are not reached', async (t) => {
  const own = madeUpResults({ targets: [{ ...target('at most', 5), values: [5] }] });
  const [first = ''] = text(own).split('\n## ');
  t.match(first, '1 of 1 are met.');
  t.notMatch(first, 'The furthest');
});

t.test('what the machine gives a server is said by pairs where they were taken', async (t) => {
  const name = 'saturated throughput over decode and run with no server';
  const { values: _none, ...bare } = target('at least', 0.9);
  const pairs = [{ a: 42, b: 100 }];
  const own = madeUpResults({ targets: [{ ...bare, name, model: 'int8', pairs }] });
  t.match(text(own), /reaches 42 % \(int8\) and 9\d % \(fp32\) of what/);
});

t.test('processor time of an answer stands beside each peer, with its ratio and interval', async (t) => {
  const row = (server: string, theirs: number, version = '1.30.0'): ProcessorTime => ({
    server,
    setting: '2 workers, 1 thread',
    model: 'int8',
    connections: 16,
    pairs: [0.98, 0.99, 0.99, 1, 1, 1.01, 1.01, 1.02].map((noise) => ({ a: 5 * noise, b: theirs })),
    onnxruntime: { ours: '1.30.0', theirs: version },
  });
  const processorTimes = [row('fastapi', 10), row('mosec-cv2', 6.25)];
  const shown = text(madeUpResults({ processorTimes }));
  t.match(shown, 'All run onnxruntime 1.30.0.');
  const [, chapter = ''] = shown.split('## Processor time of an answer');
  t.match(
    chapter,
    /\| int8 \| mosec-cv2 \| .* \| 6\.25 \| 5\.00 \| 0\.800 \| 0\.79\d–0\.80\d \| 8 \|\n\| int8 \| FastAPI \|/,
  );
  t.match(
    shown.split('\n## ')[0],
    /5\.00 ms of processor time an answer/,
    'the first screen has that of the pairs',
  );
  const other = text(madeUpResults({ processorTimes: [row('mosec-cv2', 6.25, '1.29.0')] }));
  t.match(other, '**The versions of onnxruntime differ**: Ortolan 1.30.0, mosec-cv2 1.29.0.');
  t.notMatch(text(madeUpResults()), '## Processor time of an answer');
});

t.test('level is what an interval with 1 in it says, ahead and behind what it excludes', async (t) => {
  const pairsAround = (ratio: number) =>
    [0.97, 0.98, 0.99, 1, 1, 1.01, 1.02, 1.03].map((noise) => ({ a: ratio * noise, b: 1 }));
  const against = (figure: 'throughput' | 'p50', ratio: number): Target => {
    const { values: _none, ...bare } = target('at least', 1);
    const to = { server: 'mosec-cv2', setting: '2 workers', figure, connections: 1 };
    return { ...bare, model: 'fp32', pairs: pairsAround(ratio), against: to };
  };
  const said = (...targets: Target[]): string => {
    const own = madeUpResults({ targets, openLoop: [] });
    return standing({ own, beside: own }) ?? '';
  };
  t.match(said(against('p50', 1)), 'level with mosec-cv2 in p50 at one connection (fp32 1.00)');
  t.match(said(against('p50', 0.8)), 'ahead of mosec-cv2 in p50 at one connection (fp32 0.800)');
  t.match(said(against('throughput', 0.8)), 'behind mosec-cv2 in throughput at one connection (fp32 0.800)');
  t.equal(said(), '');
});

t.test('at one connection a peer has its best setting for that, not the one for many', async (t) => {
  const row = (server: string, setting: string, p50: number): ClosedLoop => ({
    ...madeUpResults().closedLoop[0]!,
    server,
    setting,
    model: 'fp32',
    concurrency: 1,
    p50: [p50],
  });
  const forMany = [{ ...row('ortolan', '', 4), beside: 'fastapi' }, row('fastapi', 'many', 9)];
  const forOne = [{ ...row('fastapi', 'one', 7), bestFor: 'latency' as const }];
  const match = (closedLoop: ClosedLoop[]) =>
    bestMatch(madeUpResults({ closedLoop, targets: [] }), 'fastapi', 'fp32', 1);
  t.match(match(forMany), { best: false, theirs: { p50: 9 }, ours: { p50: 4 } });
  t.match(match([...forMany, ...forOne]), { best: true, theirs: { p50: 7 } });
});

function text(own: Results): string {
  return markdown(chapters({ own, beside: own }), 'performance');
}

function target(better: Target['better'], bound: number): Target {
  return { name: 'T', bound, better, unit: 'ratio', values: [1], how: 'By hand.' };
}

function around(median: number): { median: number; low: number; high: number; confidence: number } {
  return { median, low: median * 0.99, high: median * 1.01, confidence: 0.95 };
}
