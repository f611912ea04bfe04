/** A version against its reference: a month without drift, and what is noticed of a drift. */
import t from 'tap';
import { Monitor, thresholdsFor } from '../../../src/quality/drift/monitor.ts';
import { madeReference, NAMES, Rows } from './fixtures.ts';

const MONTH_SECONDS = 30 * 86_400;

t.test('a month of a row every five seconds has no more false alarms than promised', async (t) => {
  const rows = new Rows(2026);
  const reference = madeReference(rows, 2000, { window: 100 });
  const monitor = new Monitor(reference, thresholdsFor(reference), NAMES);
  const month = MONTH_SECONDS / 5;
  for (let row = 0; row < month; row++) {
    const { numbers, classes } = rows.draw();
    monitor.add(numbers, classes);
  }
  const promised = month / reference.window / reference.falseAlarmEvery;
  t.equal(monitor.windows, month / reference.window);
  t.ok(monitor.alarms <= promised, `${monitor.alarms} alarms, promised are ${promised.toFixed(1)}`);
});

const REFERENCE = madeReference(new Rows(7));
const THRESHOLDS = thresholdsFor(REFERENCE);

const drifted = (change: (rows: Rows) => void): readonly string[] => {
  const rows = new Rows(8);
  const monitor = new Monitor(REFERENCE, THRESHOLDS, NAMES);
  for (;;) {
    change(rows.draw());
    const verdicts = monitor.add(rows.numbers, rows.classes);
    if (verdicts !== undefined) return verdicts.filter(({ beyond }) => beyond).map(({ name }) => name);
  }
};

t.test('only what has drifted alarms, in the first window', async (t) => {
  t.strictSame(
    drifted(() => undefined),
    [],
  );
  t.strictSame(
    drifted(({ numbers }) => (numbers[0]! += 0.4)),
    ['luminance'],
  );
  t.strictSame(
    drifted(({ numbers }) => (numbers[8] = NaN)),
    ['confidence'],
  );
  t.strictSame(
    drifted(({ classes }) => (classes[1] = 'webp')),
    ['format'],
  );
});

t.test(
  'a class that nobody has seen before is noticed by its share, where the sum over all hides it',
  async (t) => {
    let row = 0;
    const names = drifted(({ classes }) => {
      if (row++ % 4 === 0) classes[0] = '999';
    });
    t.strictSame(names, ['class_share']);
  },
);

t.test('windows begin anew, and all that was counted adds up', async (t) => {
  const rows = new Rows(3);
  const reference = madeReference(rows, 300, { window: 50 });
  const monitor = new Monitor(reference, thresholdsFor(reference), NAMES);
  for (let row = 0; row < 120; row++) {
    const { numbers, classes } = rows.draw();
    monitor.add(numbers, classes);
  }
  t.equal(monitor.windows, 2);
  t.equal(monitor.seen, 20);
  const sum = (counts: Float64Array | Uint32Array): number => Array.from(counts).reduce((a, b) => a + b, 0);
  for (const { name, total, window, last } of monitor.features) {
    t.equal(sum(total), 120, name);
    t.equal(sum(window), 20, name);
    t.equal(sum(last!), 50, name);
  }
});

t.test('a reference with a feature that the version does not have is refused', async (t) => {
  const fewer = { ...NAMES, numbers: NAMES.numbers.slice(1) };
  t.throws(() => new Monitor(REFERENCE, THRESHOLDS, fewer), /it watches luminance/);
});
