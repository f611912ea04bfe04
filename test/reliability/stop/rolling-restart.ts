/** R1: two servers behind a real proxy, restarted one after the other under load. */
import { Fleet } from '../../../bench/rollout/fleet.ts';
import { PROXIES, proxyVersion, startProxy } from '../../../bench/rollout/proxy.ts';
import { rollingRestart } from '../../../bench/rollout/rolling-restart.ts';
import { SteadyLoad, type Stretch } from '../../../tools/load/steady.ts';
import { affine } from '../../support/tiny-models.ts';
import type { Demand, Figure } from '../demand.ts';

const PER_SECOND = 200;
const SLOWER = 2;
/** Refusals for want of time are another matter. */
const PATIENT = ['--slo-p99-ms', '25000'];
const BODY = Buffer.from(new Float32Array(4).fill(1).buffer);

export const rolling: Demand = {
  id: 'R1',
  title: 'Rolling restart behind nginx and HAProxy',
  demand:
    'Two servers behind a proxy, 200 requests per second, each restarted five times: no failed request, no reset, p99 at most twice that of a steady run',
  quiet: true,
  missing: () =>
    PROXIES.some((name) => proxyVersion(name) !== undefined)
      ? undefined
      : 'neither nginx nor HAProxy is on this machine',
  async run({ scene, pick, say }) {
    const figures: Figure[] = [];
    const models = scene.models({ affine: affine() });
    for (const name of PROXIES) {
      const version = proxyVersion(name);
      if (version === undefined) {
        say(`${name} is not on this machine: not measured`);
        continue;
      }
      const options = { models, args: ['--workers', '1', ...PATIENT] };
      const fleet = await Fleet.start([options, options]);
      scene.teardown(() => fleet.stop());
      const proxy = await startProxy(name, fleet.addresses);
      scene.teardown(() => proxy.stop());
      const load = SteadyLoad.start({
        url: `${proxy.origin}/v1/predict`,
        headers: { 'content-type': 'application/octet-stream' },
        bodies: [BODY],
        perSecond: PER_SECOND,
        seed: 1,
      });
      scene.teardown(() => load.stop());
      const { before, during, restarts } = await rollingRestart(fleet, load, {
        rounds: pick(1, 5),
        which: pick([0], [0, 1]),
        beforeMs: pick(3000, 15_000),
        onRestart: ({ replica, drainMs, startMs }) =>
          say(
            `${version}: server ${replica} drained in ${Math.round(drainMs)} ms, started in ${Math.round(startMs)} ms`,
          ),
      });
      await load.stop();
      for (const [what, count] of Object.entries({ ...before.failures, ...during.failures }))
        say(`${version}: ${count} x ${what}`);
      figures.push(
        { what: `${version}: restarts`, value: restarts.length },
        { what: `${version}: requests`, value: before.sent + during.sent },
        { what: `${version}: failed requests and resets`, value: before.failed + during.failed, atMost: 0 },
        {
          what: `${version}: exit codes other than 0`,
          value: restarts.filter(({ code }) => code !== 0).length,
          atMost: 0,
        },
        { what: `${version}: p99 during over p99 before`, value: p99(during) / p99(before), atMost: SLOWER },
      );
    }
    return figures;
  },
};

const p99 = ({ latencies }: Stretch): number => latencies.quantile(0.99);
