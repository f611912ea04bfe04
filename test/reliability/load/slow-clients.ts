/** R7: two hundred slow clients of each kind beside normal ones. */
import { median } from '../../../bench/record/statistics.ts';
import { residentMiB } from '../../../tools/process/usage.ts';
import { FLOAT, writeModel } from '../../../tools/onnx/model.ts';
import { requestBytes, Wire } from '../../support/http-client.ts';
import { affine, type TinyModel } from '../../support/tiny-models.ts';
import type { Demand, Figure } from '../demand.ts';
import { descriptorsOf, pause } from '../scene.ts';
import { Clients, posted } from './closed-clients.ts';

const SLOW = 200;
const BODY = Buffer.from(new Float32Array(4).fill(1).buffer);
const DRIP_MS = 500;
/** Of a body that is declared and hardly sent. */
const DECLARED = 100_000;
/** Elements of the answer that is not read: 256 KiB, more than a socket takes while nobody reads. */
const WIDE = 65_536;
/** The longest that a request may take, and some. */
const CLOSED_WITHIN_MS = 40_000;
const DEADLINE_MS = 5000;
/** Until what they have asked for has been run. */
const SETTLE_MS = 1000;
const KIB = 1024;

/** y = x, many to a row. */
const wide = (): TinyModel => ({
  file: writeModel({
    inputs: [{ name: 'x', type: FLOAT, shape: ['N', WIDE] }],
    outputs: [{ name: 'y', type: FLOAT, shape: ['N', WIDE] }],
    nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['y'] }],
  }),
  config: {},
});

interface Kind {
  readonly name: string;
  /** Whether the server has to close it by itself, and soon. */
  readonly begin: (port: number) => Promise<Wire>;
  /** A byte more, now and then. */
  readonly drip?: string;
}

const KINDS: readonly Kind[] = [
  {
    name: 'heads',
    begin: async (port) => {
      const wire = await Wire.open(port);
      await wire.write('GET /health/live HTTP/1.1\r\nhost: test\r\nx-slow: ');
      return wire;
    },
    drip: 'a',
  },
  {
    name: 'bodies',
    begin: async (port) => {
      const wire = await Wire.open(port);
      const headers = { 'content-length': String(DECLARED), 'x-request-timeout-ms': String(DEADLINE_MS) };
      await wire.write(
        requestBytes({ method: 'POST', path: '/v1/models/affine/predict', headers, body: 'a' }),
      );
      return wire;
    },
    drip: 'a',
  },
  {
    name: 'readers',
    begin: async (port) => {
      const wire = await Wire.open(port);
      wire.pause();
      await wire.send({ method: 'POST', path: '/v1/models/wide/predict', body: Buffer.alloc(4 * WIDE) });
      return wire;
    },
  },
];

export const slowClients: Demand = {
  id: 'R7',
  title: 'Slow clients',
  demand:
    '200 clients that send heads slowly, 200 that send bodies slowly, 200 that do not read: the p99 of normal clients within 20 % of what it is without them, each closed at its time-out, less than 256 KB of memory for each that does not read',
  quiet: true,
  async run({ scene, pick, say }) {
    const { port, pid } = await scene.start({
      models: scene.models({ affine: affine(), wide: wide() }),
      options: { workers: 2, defaultModel: 'affine' },
    });
    const lengthMs = pick(2000, 5000);
    const normal = async (): Promise<number> => {
      const clients = Clients.start({
        port,
        clients: 4,
        requests: [posted(port, '/v1/models/affine/predict', BODY)],
      });
      await pause(lengthMs);
      await clients.stop();
      if (clients.bad > 0) say(`normal clients: ${JSON.stringify(Object.fromEntries(clients.endings))}`);
      return clients.latencies.quantile(0.99);
    };
    await normal();
    const figures: Figure[] = [];
    for (const { name, begin, drip } of KINDS) {
      const ratios: number[] = [];
      let memory = 0;
      const idle = descriptorsOf(pid);
      let stillOpen = 0;
      for (let pair = 0; pair < pick(1, 3); pair++) {
        // As much memory as so many take at once, and give back, is none of a slow one's.
        const quick = await Promise.all(Array.from({ length: SLOW }, () => begin(port)));
        if (drip === undefined) await Promise.all(quick.map((wire) => wire.resumed()));
        for (const wire of quick) wire.leave();
        await pause(SETTLE_MS);
        const without = await normal();
        const rss = residentMiB([pid]);
        const wires = await Promise.all(Array.from({ length: SLOW }, () => begin(port)));
        await pause(SETTLE_MS);
        const dripping = setInterval(() => {
          if (drip !== undefined) for (const wire of wires) void wire.write(drip);
        }, DRIP_MS);
        ratios.push((await normal()) / without);
        memory = Math.max(memory, ((residentMiB([pid]) - rss) * KIB) / SLOW);
        const until = performance.now() + pick(DEADLINE_MS + 15_000, CLOSED_WITHIN_MS);
        while (descriptorsOf(pid) > idle + 4 && performance.now() < until) await pause(200);
        stillOpen = Math.max(stillOpen, descriptorsOf(pid) - idle - 4);
        clearInterval(dripping);
        for (const wire of wires) wire.leave();
        await pause(500);
        say(
          `slow ${name}: p99 ${ratios.at(-1)!.toFixed(2)} times, ${Math.max(0, stillOpen)} still open, ${memory.toFixed(0)} KiB each`,
        );
      }
      figures.push(
        { what: `slow ${name}: p99 of normal clients over that without`, value: median(ratios), atMost: 1.2 },
        { what: `slow ${name}: still open after their time-out`, value: Math.max(0, stillOpen), atMost: 0 },
        { what: `slow ${name}: memory of each`, value: Math.max(0, memory), unit: 'KiB', atMost: 256 },
      );
    }
    return figures;
  },
};
