/** The plots: ticks, labels, and that no text of a picture covers another one. */
import t from 'tap';
import { apart } from '../../../bench/report/plots/labels.ts';
import * as plots from '../../../bench/report/plots/load-plots.ts';
import { decades, linear, linearTo, logarithmic, type Scale } from '../../../bench/report/plots/scale.ts';
import { series } from '../../../bench/report/plots/series.ts';
import type { Results } from '../../../bench/record/results.ts';
import { madeUpResults } from './fixtures/results.ts';

t.test('a linear axis ends at the next round step', async (t) => {
  t.same(ticks(linear(281, 100)), [0, 50, 100, 150, 200, 250, 300]);
  t.same(ticks(linear(300, 100)), [0, 50, 100, 150, 200, 250, 300], 'a value on a tick needs no further one');
  t.same(ticks(linear(0, 100)).length > 1, true, 'also when nothing was answered');
  t.equal(linear(281, 100).place(150), 50);
});

t.test('an axis of load ends at its highest value, between ticks', async (t) => {
  const scale = linearTo(843, 100);
  t.equal(scale.place(843), 100);
  t.same(ticks(scale), [0, 200, 400, 600, 800]);
});

t.test('a logarithmic axis goes from tick to tick around its values', async (t) => {
  const scale = decades(7, 640, 100);
  t.same(ticks(scale), [5, 10, 20, 50, 100, 200, 500, 1000]);
  t.equal(scale.place(5), 0);
  t.equal(scale.place(1000), 100);
  t.same(ticks(decades(10, 10, 100)).length > 1, true, 'also for one value');
  t.same(ticks(decades(0.3, 0.4, 100)), [0.2, 0.5]);
});

t.test('ticks are written without trailing zeros', async (t) => {
  t.same(
    logarithmic([0.2, 1, 2.5, 20, 5000], 100).ticks.map(({ label }) => label),
    ['0.2', '1', '2.5', '20', '5,000'],
  );
});

t.test('labels that are far apart keep their positions', async (t) => {
  t.same(apart([90, 10, 50], 17, 100), [90, 10, 50]);
});

t.test('labels with the same position are placed around it in order', async (t) => {
  t.same(apart([50, 50, 50], 10, 100), [40, 50, 60]);
  t.same(apart([52, 48], 10, 100), [55, 45]);
});

t.test('labels stay within the axis and apart, for any positions', async (t) => {
  const random = [0, 1, 1.5, 2, 97, 98, 99.5, 100, 60, 61, 44, 45, 30];
  for (let count = 1; count <= 11; count++) {
    const places = apart(random.slice(0, count), 10, 100).toSorted((a, b) => a - b);
    t.ok((places[0] ?? 0) >= 0 && (places.at(-1) ?? 0) <= 100, String(places));
    t.ok(
      places.every((place, i) => i === 0 || place - (places[i - 1] ?? 0) > 10 - 1e-6),
      String(places),
    );
  }
});

t.test(
  'a line has the median of each load in the order of the loads, and its extremes as band',
  async (t) => {
    const rows = [
      { server: 'ortolan', load: 2, values: [4, 6, 5] },
      { server: 'ortolan', load: 1, values: [3, 1, 2] },
    ];
    const [line] = series(rows, [
      { name: 'p99', x: ({ load }) => load, y: ({ values }) => values, dashed: false, band: true },
    ]);
    t.same(line?.points, [
      { x: 1, y: 2, low: 1, high: 3 },
      { x: 2, y: 5, low: 4, high: 6 },
    ]);
    t.equal(line?.label, 'Ortolan p99');
  },
);

t.test('rows of a server at the same load are one point, with the repetitions of all', async (t) => {
  const rows = [
    { server: 'ortolan', values: [1, 2] },
    { server: 'ortolan', values: [3] },
  ];
  const reading = { name: '', x: () => 16, y: ({ values }: (typeof rows)[number]) => values };
  const [line] = series(rows, [{ ...reading, dashed: false, band: true }]);
  t.same(line?.points, [{ x: 16, y: 2, low: 1, high: 3 }]);
});

t.test('a load without a good response has no latency, and a goodput of zero is shown', async (t) => {
  const rows = [{ server: 'ortolan', values: [0, 0] }];
  const reading = { name: '', x: () => 1, y: () => [0, 0], dashed: false, band: true };
  t.same(series(rows, [reading]), []);
  t.equal(series(rows, [reading], true)[0]?.points[0]?.y, 0);
});

t.test('two figures of each server are plotted for ours and two peers, one figure for all', async (t) => {
  const results = madeUpResults();
  const [latency] = plots.latencyAgainstConcurrency(results.closedLoop, 'int8');
  t.notMatch(latency?.svg, 'LitServe');
  const [throughput] = plots.throughputAgainstConcurrency(results.closedLoop, 'int8', 281);
  t.match(throughput?.svg, 'LitServe');
});

t.test('without data no picture is made', async (t) => {
  t.same(pictures(madeUpResults({ closedLoop: [], openLoop: [] })), []);
});

t.test('texts do not cover each other, wherever the ceiling is', async (t) => {
  const results = madeUpResults();
  for (const ceiling of [undefined, 30, 152, 281, 700, 840, 3000]) {
    for (const { file, svg } of pictures(results, ceiling)) {
      const boxes = textBoxes(svg);
      t.ok(boxes.length > 10, `${file} has texts`);
      t.same(overlaps(boxes), [], `${file}, ceiling ${ceiling}`);
    }
  }
});

t.test('every element of a picture has valid coordinates', async (t) => {
  for (const { svg, file } of pictures(madeUpResults())) t.notMatch(svg, /NaN|Infinity|undefined/, file);
});

t.test('a picture has a dark colour scheme too', async (t) => {
  for (const { svg } of pictures(madeUpResults())) t.match(svg, '@media (prefers-color-scheme:dark)');
});

interface Box {
  readonly text: string;
  readonly left: number;
  readonly right: number;
  readonly y: number;
}

/** About 6.6 pixels a letter, which is more than most have at 13 pixels of height. */
function textBoxes(svg: string): Box[] {
  return [
    ...svg.matchAll(/<text class="([^"]*)" x="([\d.-]+)" y="([\d.-]+)"( text-anchor="(\w+)")?>([^<]*)/g),
  ].map(([, classes, x, y, , anchor, text = '']) => {
    const width = text.length * (classes?.includes('p-title') ? 9 : 6.6);
    const left = Number(x) - (anchor === 'end' ? width : anchor === 'middle' ? width / 2 : 0);
    return { text, left, right: left + width, y: Number(y) };
  });
}

function overlaps(boxes: readonly Box[]): string[] {
  return boxes.flatMap((a, i) =>
    boxes
      .slice(i + 1)
      .filter((b) => Math.abs(a.y - b.y) < 13 && a.left < b.right && b.left < a.right)
      .map((b) => `${a.text} / ${b.text}`),
  );
}

function pictures(
  { closedLoop, openLoop }: Results,
  ceiling?: number,
): ReturnType<typeof plots.latencyAgainstOffered> {
  return ['fp32', 'int8'].flatMap((model) => [
    ...plots.latencyAgainstOffered(openLoop, model, ceiling),
    ...plots.goodputAgainstOffered(openLoop, model, ceiling),
    ...plots.throughputAgainstConcurrency(closedLoop, model, ceiling),
    ...plots.latencyAgainstConcurrency(closedLoop, model),
  ]);
}

function ticks(scale: Scale): number[] {
  return scale.ticks.map(({ value }) => value);
}
