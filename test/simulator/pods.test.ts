import t from 'tap';
import { simulatePods } from '../../bench/simulator/pods.ts';

const SETTINGS = { requestMs: 10, sloMs: 200, forMs: 20_000, seed: 1 };

t.test('on an idle pod a request takes its own time', async (t) => {
  const { p50, failed, goodput } = await simulatePods({ ...SETTINGS, pods: 1, perSecond: 5 });
  t.ok(p50 > 8 && p50 < 12, `${p50} ms`);
  t.ok(goodput > 4 && goodput < 6, `${goodput} a second`);
  t.equal(failed, 0);
});

t.test('five pods answer five times as much as one, and no later', async (t) => {
  const one = await simulatePods({ ...SETTINGS, pods: 1, perSecond: 50 });
  const five = await simulatePods({ ...SETTINGS, pods: 5, perSecond: 250 });
  t.ok(five.goodput > 4.5 * one.goodput, `${five.goodput} and ${one.goodput} a second`);
  t.ok(five.p99 < 1.5 * one.p99, `${five.p99} and ${one.p99} ms`);
  t.equal(five.failed, 0);
});

t.test('overloaded pods refuse, and answer accepted requests in time', async (t) => {
  const { p99, failed, goodput } = await simulatePods({ ...SETTINGS, pods: 2, perSecond: 400 });
  t.ok(failed > 2000, `${failed} refused`);
  t.ok(goodput > 160, `${goodput} a second of 200`);
  t.ok(p99 <= 220, `${p99} ms`);
});
