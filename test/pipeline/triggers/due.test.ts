/** When a run begins. */
import t from 'tap';
import { dueOf } from '../../../src/pipeline/triggers/due.ts';
import type { TriggerSettings } from '../../../src/pipeline/settings/load.ts';

const HOUR = 3_600_000;
const NONE: TriggerSettings = {
  drift: false,
  accuracy: undefined,
  labels: undefined,
  everyMs: undefined,
  lookMs: 60_000,
  cooldownMs: HOUR,
};
const NOW = 100 * HOUR;
const ended = (hoursAgo: number, labels?: number) => ({
  startedAt: NOW - hoursAgo * HOUR - 1000,
  lastAt: NOW - hoursAgo * HOUR,
  labels,
});

t.test('without a trigger nothing begins', async (t) => {
  t.equal(dueOf(NONE, { drift: 'luminance', labels: 1e6 }, undefined, NOW), undefined);
});

t.test('a drift alarm begins a run, and none within the cooldown of the last one', async (t) => {
  const settings = { ...NONE, drift: true };
  t.match(dueOf(settings, { drift: 'luminance 0.3 > 0.1' }, undefined, NOW), {
    trigger: 'drift',
    reason: /luminance/,
  });
  t.equal(dueOf(settings, { drift: 'luminance' }, ended(0.5), NOW), undefined);
  t.match(dueOf(settings, { drift: 'luminance' }, ended(1), NOW), { trigger: 'drift' });
  t.equal(dueOf(settings, {}, undefined, NOW), undefined);
});

t.test('accuracy begins a run only where all of its interval is below the floor', async (t) => {
  const settings = { ...NONE, accuracy: { floor: 0.9, minLabels: 50 } };
  const due = (low: number, high: number, n: number) =>
    dueOf(settings, { accuracy: { low, high, n } }, undefined, NOW);
  t.match(due(0.7, 0.89, 50), { trigger: 'accuracy', reason: 'at most 89.0 % (n 50), below 90.0 %' });
  t.equal(due(0.7, 0.91, 500), undefined, 'it may be above');
  t.equal(due(0.1, 0.4, 49), undefined, 'too few labels');
});

t.test('labels count from the beginning of the last run', async (t) => {
  const settings = { ...NONE, labels: 100 };
  t.match(dueOf(settings, { labels: 100 }, undefined, NOW), { trigger: 'labels', reason: '100 new labels' });
  t.equal(dueOf(settings, { labels: 199 }, ended(9, 100), NOW), undefined);
  t.match(dueOf(settings, { labels: 200 }, ended(9, 100), NOW), { reason: '100 new labels' });
  t.match(
    dueOf(settings, { labels: 150 }, ended(9, 900), NOW),
    { reason: '150 new labels' },
    'old ones have left',
  );
  t.equal(dueOf(settings, {}, ended(9), NOW), undefined, 'the server keeps none');
});

t.test('a schedule counts from the beginning of the last run', async (t) => {
  const settings = { ...NONE, everyMs: 24 * HOUR };
  t.match(dueOf(settings, {}, undefined, NOW), { trigger: 'schedule', reason: 'every 1d' });
  t.equal(dueOf(settings, {}, ended(23), NOW), undefined);
  t.match(dueOf(settings, {}, ended(24), NOW), { trigger: 'schedule' });
});
