/** R10: what the server depends on, refused, silent, slow, cut off and garbled, by a proxy between the two. */
import { FAULTS, FaultProxy } from '../../support/fault-proxy.ts';
import { scrape, until } from '../../support/http-client.ts';
import { affine } from '../../support/tiny-models.ts';
import type { Demand, Figure, Setting } from '../demand.ts';
import { Clients, posted } from '../load/closed-clients.ts';
import { pause, stopped, type Started } from '../scene.ts';
import { DEPENDENCIES, type Dependency } from './dependency.ts';

const BODY = Buffer.from(new Float32Array(4).fill(1).buffer);
const ADDED_MS = 10;
const RECOVERED_MS = 5000;
const PATIENCE_MS = 30_000;

export const dependencies: Demand = {
  id: 'R10',
  title: 'Dependencies that are down',
  demand:
    'Each thing that the server depends on (receiver of traces, Redis, key set) refused, silent, slow, cut off and garbled: requests are served, p99 at most 10 ms longer, a metric tells, well again within 5 s',
  async run(setting) {
    const figures: Figure[] = [];
    for (const dependency of DEPENDENCIES) {
      const why = dependency.missing?.();
      if (why === undefined) figures.push(...(await withFaults(setting, dependency)));
      else setting.say(`${dependency.name}: ${why}: not measured`);
    }
    return figures;
  },
};

async function withFaults({ scene, pick, say }: Setting, dependency: Dependency): Promise<readonly Figure[]> {
  const { port: target, ...real } = await dependency.start(scene);
  const proxy = await FaultProxy.start(target);
  scene.teardown(() => proxy.stop());
  const { options = {}, headers = {}, env = {} } = dependency.configure(proxy.port, real.token);
  const server = await scene.start({ models: scene.models({ affine: affine() }), options, env });
  const request = posted(server.port, '/v1/predict', BODY, headers);
  const lengthMs = pick(1500, 4000);
  const phase = async (): Promise<Clients> => {
    const clients = Clients.start({ port: server.port, clients: 2, requests: [request] });
    await pause(lengthMs);
    return clients.stop();
  };
  await phase();
  let worstMs = -Infinity;
  let bad = 0;
  let silent = 0;
  let recoveryMs = 0;
  for (const fault of FAULTS) {
    const well = await phase();
    const before = await told(server, dependency);
    await proxy.set(fault);
    const ill = await phase();
    worstMs = Math.max(worstMs, ill.latencies.quantile(0.99) - well.latencies.quantile(0.99));
    bad += ill.bad + well.bad;
    const from = performance.now();
    // What is only counted when it is full tells after some more requests.
    const more = Clients.start({ port: server.port, clients: 2, requests: [request] });
    await until(
      async () => (await told(server, dependency)) > before || performance.now() - from > PATIENCE_MS,
    );
    if ((await told(server, dependency)) <= before) silent++;
    await more.stop();
    const goodBefore = (await scrape(server.port))(...dependency.well);
    await proxy.set('none');
    const back = performance.now();
    const after = Clients.start({ port: server.port, clients: 1, requests: [request] });
    await until(
      async () =>
        (await scrape(server.port))(...dependency.well) > goodBefore ||
        performance.now() - back > PATIENCE_MS,
    );
    recoveryMs = Math.max(recoveryMs, performance.now() - back);
    await after.stop();
    say(
      `${dependency.name} ${fault}: ${JSON.stringify(Object.fromEntries(ill.endings))}, p99 ${well.latencies.quantile(0.99)} -> ${ill.latencies.quantile(0.99)} ms, well again after ${Math.round(recoveryMs)} ms`,
    );
  }
  await stopped(server);
  return [
    { what: `${dependency.name}: requests not answered 200`, value: bad, atMost: 0 },
    { what: `${dependency.name}: p99 longer by`, value: worstMs, unit: 'ms', atMost: ADDED_MS },
    { what: `${dependency.name}: faults that no metric tells`, value: silent, atMost: 0 },
    { what: `${dependency.name}: well again after`, value: recoveryMs, unit: 'ms', atMost: RECOVERED_MS },
  ];
}

const told = async ({ port }: Started, { tells }: Dependency): Promise<number> => {
  const samples = await scrape(port);
  return tells.reduce((sum, metric) => sum + samples(...metric), 0);
};
