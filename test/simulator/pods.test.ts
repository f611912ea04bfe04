import t from 'tap';
import { simulatePods } from '../../bench/simulator/pods.ts';

const CALM = { requestMs: 10, sloMs: 200, forMs: 20_000, seed: 1 };

t.test('a pod that has little to do takes for a request what it costs', async (t) => {
  const { p50, failed, goodput } = await simulatePods({ ...CALM, pods: 1, perSecond: 5 });
  t.ok(p50 > 8 && p50 < 12, `${p50} ms`);
  t.ok(goodput > 4 && goodput < 6, `${goodput} a second`);
  t.equal(failed, 0);
});

t.test('five pods answer five times as much as one, and no later', async (t) => {
  const one = await simulatePods({ ...CALM, pods: 1, perSecond: 50 });
  const five = await simulatePods({ ...CALM, pods: 5, perSecond: 250 });
  t.ok(five.goodput > 4.5 * one.goodput, `${five.goodput} and ${one.goodput} a second`);
  t.ok(five.p99 < 1.5 * one.p99, `${five.p99} and ${one.p99} ms`);
  t.equal(five.failed, 0);
});

t.test('pods that are asked for more than they can do refuse, and what they accept is in time', async (t) => {
  const { p99, failed, goodput } = await simulatePods({ ...CALM, pods: 2, perSecond: 400 });
  t.ok(failed > 2000, `${failed} refused`);
  t.ok(goodput > 160, `${goodput} a second of 200`);
  t.ok(p99 <= 220, `${p99} ms`);
});
