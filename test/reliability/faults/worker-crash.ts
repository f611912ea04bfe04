/**
 * R4: worker threads that exit, throw, or run out of memory under load. The faults are in a worker module of the test's
 * own, where a model would cause them.
 */
import { THROWS, DIES, FAULTY_WORKER, HOGS } from '../../support/faults.ts';
import { post, scrape, until } from '../../support/http-client.ts';
import { startServer } from '../../support/start-server.ts';
import { affine } from '../../support/tiny-models.ts';
import type { Demand, Figure } from '../demand.ts';
import { Clients, posted } from '../load/closed-clients.ts';
import { pause } from '../scene.ts';

const row = (value: number): Buffer => Buffer.from(new Float32Array(4).fill(value).buffer);
const FAULTS = { exit: DIES, 'uncaught error': THROWS, 'out of memory': HOGS } as const;
const HEALED_MS = 2000;
/** Rows of a batch; and with the batch, the request that asks for the fault. */
const BATCH = 8;

export const workerCrash: Demand = {
  id: 'R4',
  title: 'Worker crash under load',
  demand:
    'A worker thread that exits, throws or runs out of memory under load: at most its running batch is lost, and with a 503; a replacement is ready within 2 s; each death and restart is counted',
  async run({ scene, pick, say }) {
    const figures: Figure[] = [];
    const rounds = pick(1, 3, 20);
    for (const [name, fault] of Object.entries(FAULTS)) {
      let lost = 0;
      let otherwise = 0;
      let healedMs = 0;
      let uncounted = 0;
      for (let round = 0; round < rounds; round++) {
        const { port } = await startServer(scene, {
          models: scene.models({ affine: affine() }),
          workerFile: FAULTY_WORKER,
          options: { workers: 2, logLevel: 'ERROR' },
        });
        const clients = Clients.start({ port, clients: 16, requests: [posted(port, '/v1/predict', row(1))] });
        await pause(300);
        const crash = post(port, '/v1/predict', row(fault));
        await until(async () => (await scrape(port))('ortolan_worker_deaths_total') > 0);
        const from = performance.now();
        if ((await crash).status !== 503) otherwise++;
        await until(async () => (await scrape(port))('ortolan_worker_restarts_total') > 0);
        healedMs = Math.max(healedMs, performance.now() - from);
        await pause(300);
        await clients.stop();
        const samples = await scrape(port);
        uncounted +=
          Math.abs(1 - samples('ortolan_worker_deaths_total')) +
          Math.abs(1 - samples('ortolan_worker_restarts_total'));
        lost = Math.max(lost, clients.endings.get(503) ?? 0);
        otherwise += clients.bad - (clients.endings.get(503) ?? 0);
        say(
          `${name}: ${JSON.stringify(Object.fromEntries(clients.endings))}, healed after ${Math.round(healedMs)} ms`,
        );
        await scene.end();
      }
      figures.push(
        { what: `${name}: other requests of its batch, answered 503`, value: lost, atMost: BATCH - 1 },
        { what: `${name}: requests that ended otherwise`, value: otherwise, atMost: 0 },
        { what: `${name}: replaced after`, value: healedMs, unit: 'ms', atMost: HEALED_MS },
        { what: `${name}: deaths and restarts not counted once`, value: uncounted, atMost: 0 },
      );
    }
    return figures;
  },
};
