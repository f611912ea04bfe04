import t from 'tap';
import { Gauge } from '../../../../src/telemetry/metrics/series/gauge.ts';

t.test('is the last value that was set, by labels', async (t) => {
  const gauge = new Gauge('things', 'Things.', ['kind']);
  gauge.set({ kind: 'a' }, 3);
  gauge.set({ kind: 'a' }, 2);
  gauge.inc({ kind: 'b' });
  const { name, help, type, values } = await gauge.get();
  t.same({ name, help, type }, { name: 'things', help: 'Things.', type: 'gauge' });
  t.strictSame(values, [
    { labels: { kind: 'a' }, value: 2 },
    { labels: { kind: 'b' }, value: 1 },
  ]);
});

t.test('without labels it exists from the start, at 0', async (t) => {
  const gauge = new Gauge('things', 'Things.', []);
  t.strictSame((await gauge.get()).values, [{ labels: {}, value: 0 }]);
  gauge.set(7);
  t.strictSame((await gauge.get()).values, [{ labels: {}, value: 7 }]);
});

t.test('removes all series with the given labels', async (t) => {
  const gauge = new Gauge('things', 'Things.', ['kind', 'rows']);
  for (const kind of ['a', 'b']) for (const rows of [1, 2]) gauge.set({ kind, rows }, 1);
  gauge.remove({ kind: 'a' });
  t.strictSame(
    (await gauge.get()).values.map(({ labels }) => labels),
    [
      { kind: 'b', rows: 1 },
      { kind: 'b', rows: 2 },
    ],
  );
});
