/** R16: the event loop while every worker is busy all the time. */
import { matmul } from '../../support/tiny-models.ts';
import type { Demand } from '../demand.ts';
import { pause } from '../scene.ts';
import { Clients, posted } from './closed-clients.ts';
import { Pulse } from './pulse.ts';

const CLIENTS = 64;
const BODY = Buffer.alloc(4096);

export const saturation: Demand = {
  id: 'R16',
  title: 'Event loop under saturation',
  demand:
    'With every worker busy all the time: p99 of the delay of the event loop under 50 ms, every answer of liveness within 100 ms',
  quiet: true,
  async run({ scene, pick, say }) {
    const { port } = await scene.start({
      models: scene.models({ heavy: matmul(100) }),
      options: { workers: 2 },
    });
    const clients = Clients.start({ port, clients: CLIENTS, requests: [posted(port, '/v1/predict', BODY)] });
    await pause(2000);
    const pulse = await Pulse.start(port);
    await pause(pick(4000, 30_000, 300_000));
    const beats = await pulse.stop();
    await clients.stop();
    say(`${JSON.stringify(beats)}, p99 of requests ${clients.latencies.quantile(0.99)} ms`);
    return [
      { what: 'requests', value: clients.sent },
      { what: 'of them not answered 200', value: clients.bad, atMost: 0 },
      { what: 'p99 of liveness', value: beats.p99, unit: 'ms', atMost: 50 },
      { what: 'longest answer of liveness', value: beats.longestMs, unit: 'ms', atMost: 100 },
      { what: 'answers of liveness other than 200', value: beats.bad, atMost: 0 },
    ];
  },
};
