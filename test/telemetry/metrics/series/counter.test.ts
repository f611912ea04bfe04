import t from 'tap';
import { Counter } from '../../../../src/telemetry/metrics/series/counter.ts';

t.test('adds up by labels, by either way of access to a series', async (t) => {
  const counter = new Counter('things_total', 'Things.', ['kind', 'code']);
  counter.inc({ kind: 'a', code: 200 });
  counter.of({ code: '200', kind: 'a' }).inc(2);
  counter.inc({ kind: 'b', code: 404 }, 5);
  const { name, help, type, values } = await counter.get();
  t.same({ name, help, type }, { name: 'things_total', help: 'Things.', type: 'counter' });
  t.strictSame(values, [
    { labels: { kind: 'a', code: 200 }, value: 3 },
    { labels: { kind: 'b', code: 404 }, value: 5 },
  ]);
});

t.test('without labels it exists from the start, at 0', async (t) => {
  const counter = new Counter('things_total', 'Things.', []);
  t.strictSame((await counter.get()).values, [{ labels: {}, value: 0 }]);
  counter.inc();
  counter.inc(4);
  t.strictSame((await counter.get()).values, [{ labels: {}, value: 5 }]);
});

t.test('ignores undeclared labels', async (t) => {
  const counter = new Counter('things_total', 'Things.', ['kind']);
  counter.inc({ kind: 'a', name: 'somebody' } as { kind: string });
  t.strictSame((await counter.get()).values, [{ labels: { kind: 'a' }, value: 1 }]);
});

t.test('is raised to an external count, and never decreases', async (t) => {
  const series = new Counter('things_total', 'Things.', []).of({});
  series.raiseTo(7);
  series.raiseTo(3);
  t.equal(series.value, 7);
});
