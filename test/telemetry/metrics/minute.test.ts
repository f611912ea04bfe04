import t from 'tap';
import { Minute, SECONDS } from '../../../src/telemetry/metrics/minute.ts';
import { FakeClock } from '../../support/fake-clock.ts';

function minuteAt(now = 12_345): { readonly minute: Minute; readonly clock: FakeClock } {
  const clock = new FakeClock(now);
  return { minute: new Minute(clock), clock };
}

const near = (value: number | undefined, expected: number): boolean =>
  value !== undefined && Math.abs(value / expected - 1) < 0.026;

t.test('an idle minute has sixty empty seconds and no quantiles', async (t) => {
  const { facts } = minuteAt().minute;
  t.strictSame(facts.answered, Array<number>(SECONDS).fill(0));
  t.strictSame([facts.failed, facts.p50Ms, facts.p99Ms], [0, undefined, undefined]);
});

t.test('new events are in the last second, and move to the front as time passes', async (t) => {
  const { minute, clock } = minuteAt(5000);
  minute.answered(8);
  minute.answered(8);
  t.equal(minute.facts.answered.at(-1), 2);
  clock.advance(1000);
  minute.answered(8);
  t.strictSame(minute.facts.answered.slice(-3), [0, 2, 1]);
  clock.advance(58_000);
  t.strictSame(minute.facts.answered.slice(0, 3), [2, 1, 0]);
});

t.test('events older than a minute are removed, with durations and failures', async (t) => {
  const { minute, clock } = minuteAt(5000);
  minute.answered(2);
  minute.failed();
  clock.advance(1000);
  minute.answered(8);
  clock.advance(59_000);
  const { answered, failed, p99Ms } = minute.facts;
  t.equal(
    answered.reduce((sum, count) => sum + count),
    1,
  );
  t.equal(failed, 0);
  t.ok(near(p99Ms, 8));
});

for (const gap of [60_000, 61_000, 3_600_000]) {
  t.test(`nothing is left after ${gap / 1000} s without a call`, async (t) => {
    const { minute, clock } = minuteAt();
    for (let second = 0; second < SECONDS; second++) {
      minute.answered(5);
      minute.failed();
      clock.advance(1000);
    }
    clock.advance(gap - 1000);
    t.match(minute.facts, { answered: Array<number>(SECONDS).fill(0), failed: 0, p50Ms: undefined });
  });
}

t.test('quantiles are those of all seconds together, within 2.6 percent', async (t) => {
  const { minute, clock } = minuteAt();
  for (let i = 1; i <= 1000; i++) {
    minute.answered(i / 10);
    if (i % 20 === 0) clock.advance(1000);
  }
  t.ok(near(minute.facts.p50Ms, 50), String(minute.facts.p50Ms));
  t.ok(near(minute.facts.p99Ms, 99), String(minute.facts.p99Ms));
});

for (const ms of [0.06, 0.9, 7.5, 133, 2500, 30_000]) {
  t.test(`one answer after ${ms} ms is its own median`, async (t) => {
    const { minute } = minuteAt();
    minute.answered(ms);
    t.ok(near(minute.facts.p50Ms, ms), String(minute.facts.p50Ms));
    t.equal(minute.facts.p99Ms, minute.facts.p50Ms);
  });
}

t.test('the shortest and the longest possible durations are counted', async (t) => {
  const { minute } = minuteAt();
  for (const ms of [0, -1, Number.NaN, 1e9]) minute.answered(ms);
  const { answered, p50Ms, p99Ms } = minute.facts;
  t.equal(answered.at(-1), 4);
  t.ok(p50Ms! < 0.06);
  t.ok(p99Ms! > 90_000);
});
