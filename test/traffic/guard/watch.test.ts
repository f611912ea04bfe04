/** Checks of a split, once an interval, and what follows from them. */
import t from 'tap';
import { BodyBuffers } from '../../../src/http/body/buffers.ts';
import type { GuardConfig } from '../../../src/repository/model-json/traffic.ts';
import { openTraffic } from '../../../src/traffic/open.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { recordTelemetry } from '../../support/telemetry.ts';
import { answered, catalogueOf, classes, image, version } from '../fixtures/models.ts';

function setup(guard: GuardConfig) {
  const traffic = { split: { '1': 0, '2': 1 }, guard: { minSamples: 10, ...guard } };
  const catalogue = catalogueOf(version('1').version, version('2', { traffic }).version);
  const clock = new FakeClock();
  const telemetry = recordTelemetry();
  const open = openTraffic(catalogue, {
    clock,
    events: telemetry.events.traffic,
    buffers: new BodyBuffers(),
  });
  const shown = () => open.control.show('m') as { state: string; split: { share: number }[] };
  shown();
  /** Requests to version 2, which all fail or all are answered. */
  const ask = (count: number, how: 'answered' | 'INTERNAL'): void => {
    for (let one = 0; one < count; one++) {
      const { follower } = open.traffic.route('m', undefined, undefined);
      if (how === 'answered') follower!.ran([image(1)], [answered(classes(1))]);
      follower!.ended(how);
    }
  };
  const verdicts = (verdict: string) =>
    telemetry.value(`ortolan_guard_verdicts_total{model="m",version="2",verdict="${verdict}"}`);
  return { ...open, clock, telemetry, catalogue, shown, ask, verdicts };
}

t.test('a version that fails loses its traffic at the next check', async (t) => {
  const { clock, shown, ask, telemetry } = setup({});
  ask(50, 'INTERNAL');
  clock.advance(59_999);
  t.match(shown(), { state: 'steady' });
  clock.advance(1);
  t.match(shown(), { state: 'rolled_back', set_by: 'guard', split: [{ version: '1', share: 1 }] });
  t.match(
    telemetry.lines.filter(({ level }) => level === 'WARNING'),
    [
      { message: 'Halt m version 2: error rate 100.00 % > 1.00 %', n: 50 },
      { message: 'Rolled back m to version 1' },
    ],
  );
  t.equal(clock.pending, 0, 'there is nothing left to watch');
});

t.test('one failed check is not enough where more are asked for, one after the other', async (t) => {
  const { clock, shown, ask } = setup({ threshold: 2 });
  ask(50, 'INTERNAL');
  clock.advance(60_000);
  t.match(shown(), { state: 'steady', guard: { failed_checks: 1 } });
  ask(2000, 'answered');
  clock.advance(60_000);
  t.match(shown(), { state: 'steady', guard: { failed_checks: 0 } });
  for (const _ of [1, 2]) {
    ask(50, 'INTERNAL');
    clock.advance(60_000);
  }
  t.match(shown(), { state: 'rolled_back' });
});

t.test('samples that prove nothing count at the next check too', async (t) => {
  const { clock, ask, shown, verdicts } = setup({ maxErrorRate: 0.001, minSamples: 1000 });
  for (let check = 1; check <= 11; check++) {
    t.equal((await verdicts('pass')) ?? 0, 0, `check ${check}`);
    ask(500, 'answered');
    clock.advance(60_000);
  }
  t.equal(await verdicts('inconclusive'), 10);
  t.equal(await verdicts('pass'), 1);
  t.match(shown(), { state: 'steady' });
});

t.test('samples that prove nothing are begun anew once there are ten times what is needed', async (t) => {
  const { clock, ask, shown } = setup({ maxErrorRate: 0.0001, minSamples: 20 });
  ask(199, 'answered');
  clock.advance(60_000);
  ask(1, 'answered');
  clock.advance(60_000);
  t.match(shown(), { guard: { judged: [{ n: 200 }] } });
  clock.advance(60_000);
  t.match(shown(), { guard: { judged: [{ n: 0 }] } });
});

t.test('a split that is held is judged and not changed', async (t) => {
  const { control, clock, ask, shown, verdicts } = setup({});
  control.step('m', 'hold', undefined);
  ask(50, 'INTERNAL');
  clock.advance(60_000);
  t.match(shown(), { state: 'held' });
  t.equal(await verdicts('fail'), 1);
});

t.test('a version that passes gets more step by step, and at last all', async (t) => {
  const { control, clock, ask, shown, telemetry } = setup({});
  const guard = { minSamples: 10, stepWeight: 30, maxWeight: 50 };
  control.set('m', { split: { '1': 90, '2': 10 }, guard });
  const shares = [];
  for (const _ of [1, 2, 3]) {
    ask(9000, 'answered');
    clock.advance(60_000);
    shares.push(shown().split.map(({ share }) => share));
  }
  t.strictSame(shares, [[0.6, 0.4], [0.5, 0.5], [1]]);
  t.match(shown(), { state: 'promoted', set_by: 'guard', split: [{ version: '2' }] });
  t.ok(telemetry.lines.some(({ message }) => message === 'Advance m version 2 weight 40'));
  t.equal(clock.pending, 0);
});

t.test('a check that proves nothing gives a version no more', async (t) => {
  const { control, clock, ask, shown } = setup({});
  control.set('m', { split: { '1': 50, '2': 50 }, guard: { minSamples: 10, stepWeight: 30, maxWeight: 90 } });
  ask(50, 'answered');
  clock.advance(60_000);
  t.match(shown(), { state: 'steady', split: [{ share: 0.5 }, { share: 0.5 }] });
});

t.test('a version that is held gets no more', async (t) => {
  const { control, clock, ask, shown } = setup({});
  control.set('m', { split: { '1': 50, '2': 50 }, guard: { minSamples: 10, stepWeight: 30, maxWeight: 90 } });
  control.step('m', 'hold', undefined);
  ask(5000, 'answered');
  clock.advance(60_000);
  t.match(shown(), { state: 'held', split: [{ share: 0.5 }, { share: 0.5 }] });
});

t.test('settings that are set again are judged by what comes after', async (t) => {
  const { control, clock, ask, verdicts } = setup({});
  ask(50, 'INTERNAL');
  control.set('m', { split: { '1': 0, '2': 1 }, guard: { minSamples: 10 } });
  clock.advance(60_000);
  t.equal(await verdicts('fail'), undefined);
  t.equal(await verdicts('inconclusive'), 1);
});

t.test('a model that is gone, or a server that stops, is watched no more', async (t) => {
  const { clock, catalogue, close } = setup({});
  t.equal(clock.pending, 1);
  catalogue.replace('m', [], '');
  clock.advance(60_000);
  t.equal(clock.pending, 0);
  const other = setup({});
  other.close();
  other.control.set('m', { split: { '1': 0, '2': 1 }, guard: {} });
  t.equal(other.clock.pending, 0);
  close();
});
