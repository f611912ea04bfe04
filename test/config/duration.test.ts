/** Times as people write them. */
import t from 'tap';
import { formatDuration, parseDuration } from '../../src/config/duration.ts';

t.test('a number with a unit is read as milliseconds', async (t) => {
  for (const [text, ms] of [
    ['250ms', 250],
    ['90s', 90_000],
    ['15m', 900_000],
    ['1.5h', 5_400_000],
    ['30d', 2_592_000_000],
    ['2w', 1_209_600_000],
    ['0s', 0],
  ] as const) {
    t.equal(parseDuration(text), ms, text);
  }
});

t.test('anything else is no time', async (t) => {
  for (const text of ['', '5', 'm', '5 m', '-5m', '1e9s', '5min', '5m5s', `${'9'.repeat(20)}s`])
    t.equal(parseDuration(text), undefined, text);
});

t.test('a time is written with its two largest units', async (t) => {
  t.equal(formatDuration(350), '350ms');
  t.equal(formatDuration(90_000), '1m 30s');
  t.equal(formatDuration(86_400_000 + 4 * 3_600_000 + 5000), '1d 4h');
  t.equal(formatDuration(3_600_000), '1h');
});
