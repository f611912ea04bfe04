/** R6: two thousand connections at once, each with a request. */
import { Wire } from '../../support/http-client.ts';
import { affine } from '../../support/tiny-models.ts';
import type { Demand } from '../demand.ts';
import { descriptorsOf, pause } from '../scene.ts';
import { Pulse } from './pulse.ts';

const CONNECTIONS = 2000;
const BODY = Buffer.from(new Float32Array(4).fill(1).buffer);
const CLOSED_WITHIN_MS = 1000;

export const burst: Demand = {
  id: 'R6',
  title: 'Two thousand connections at once',
  demand:
    '2000 connections at once, each with a request: none fails to connect, all are answered, file descriptors go back to where they were, the event loop never stands still for 100 ms',
  quiet: true,
  async run({ scene, pick, say }) {
    const { port, pid } = await scene.start({
      models: scene.models({ affine: affine() }),
      options: { workers: 2, maxQueueRows: 4096 },
    });
    const before = descriptorsOf(pid);
    const pulse = await Pulse.start(port);
    const rounds = pick(1, 5, 20);
    let unconnected = 0;
    let unanswered = 0;
    let most = 0;
    for (let round = 0; round < rounds; round++) {
      const wires = await Promise.all(
        Array.from({ length: CONNECTIONS }, () => Wire.open(port).catch(() => undefined)),
      );
      unconnected += wires.filter((wire) => wire === undefined).length;
      most = Math.max(most, descriptorsOf(pid));
      const statuses = await Promise.all(
        wires.map(async (wire) => {
          await wire?.send({ method: 'POST', path: '/v1/predict', body: BODY });
          return (await wire?.response())?.status;
        }),
      );
      unanswered += statuses.filter((status) => status !== 200).length;
      for (const wire of wires) wire?.leave();
      await pause(CLOSED_WITHIN_MS);
    }
    const beats = await pulse.stop();
    await pause(CLOSED_WITHIN_MS);
    say(JSON.stringify(beats));
    return [
      { what: 'connections', value: rounds * CONNECTIONS },
      { what: 'not connected', value: unconnected, atMost: 0 },
      { what: 'not answered 200', value: unanswered, atMost: 0 },
      {
        what: 'file descriptors beyond one for each connection',
        value: most - before - CONNECTIONS,
        atMost: 16,
      },
      { what: 'file descriptors that stay', value: descriptorsOf(pid) - before, atMost: 0 },
      { what: 'longest answer of liveness', value: beats.longestMs, unit: 'ms', atMost: 100 },
    ];
  },
};
