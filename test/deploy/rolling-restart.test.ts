/**
 * Two real servers behind a real proxy are restarted one after the other while photographs keep coming: no client sees
 * it. The short form of `node bench/rollout/main.ts`, which does it five times and with the server's own options.
 */
import t from 'tap';
import { standard } from '../../tools/photographs/sets.ts';
import { onlyVersion } from '../../bench/inputs/only-version.ts';
import { Fleet } from '../../bench/rollout/fleet.ts';
import { SteadyLoad } from '../../tools/load/steady.ts';
import { PROXIES, proxyVersion, startProxy } from '../../bench/rollout/proxy.ts';
import { rollingRestart } from '../../bench/rollout/rolling-restart.ts';

const SERVERS = 2;
const PER_SECOND = 50;
/** A busy machine sends fewer requests: the test is about lost requests, not about speed. */
const MOST_OPEN = 4;
/**
 * An objective that a busy test machine meets, because refusals are not tested here. And a deadline of which half is
 * short: a proxy without readiness checks sends requests until then.
 */
const OPTIONS = {
  models: onlyVersion('int8'),
  args: ['--workers', '1', '--slo-p99-ms', '60000', '--drain-deadline-ms', '10000'],
};

// The default limit of tap is 30 s when its configuration is not read; a busy machine takes longer.
t.setTimeout(0);

for (const name of PROXIES) {
  const skip =
    proxyVersion(name) === undefined
      ? `NOT TRIED: ${name} is not on this machine (apt-get install ${name})`
      : false;
  t.test(`a rolling restart behind ${name} loses no request`, { skip, timeout: 0 }, async (t) => {
    const fleet = await Fleet.start(Array.from({ length: SERVERS }, () => OPTIONS));
    t.teardown(() => fleet.stop());
    const proxy = await startProxy(name, fleet.addresses);
    t.teardown(() => proxy.stop());
    const photographs = await standard();
    const load = SteadyLoad.start({
      url: `${proxy.origin}/v1/predict`,
      headers: { 'content-type': 'image/jpeg' },
      bodies: photographs.map(({ bytes }) => bytes),
      perSecond: PER_SECOND,
      seed: 1,
      mostOpen: MOST_OPEN,
    });
    t.teardown(() => load.stop());
    const { during, restarts } = await rollingRestart(fleet, load, { rounds: 1, beforeMs: 0 });
    t.strictSame(during.failures, {}, 'no request was lost');
    t.ok(during.sent > 0 && during.good === during.sent, `${during.sent} requests were answered`);
    t.strictSame(
      restarts.map(({ replica, code, signal }) => ({ replica, code, signal })),
      [
        { replica: 1, code: 0, signal: null },
        { replica: 2, code: 0, signal: null },
      ],
    );
  });
}
