/** What copies for a shadow version cost the requests of clients: the queue of copies and the scheduler are the server's. */
import t from 'tap';
import { poisson } from '../../bench/simulator/arrivals.ts';
import { CONV, MATRIX, type ModelKind } from '../../bench/simulator/kinds.ts';
import { QUIET } from '../../bench/simulator/noise.ts';
import { drawArrivals, worldWith } from '../../bench/simulator/scenario.ts';
import { DEFAULTS } from '../../bench/simulator/world.ts';
import { BodyBuffers } from '../../src/http/body/buffers.ts';
import type { ModelVersion } from '../../src/serving/model-version.ts';
import type { Payload } from '../../src/thread/payload.ts';
import { ShadowQueue } from '../../src/traffic/shadow/queue.ts';
import { capacityOf } from './worlds.ts';

const LENGTH_MS = 60_000;

/** Of requests that come at random at `load` of what the workers can do; a copy of each is offered where `copied`. */
async function p99Of(kind: ModelKind, workers: number, load: number, copied: boolean): Promise<number> {
  const pattern = poisson(load * capacityOf(kind, workers));
  const arrivals = drawArrivals([kind], [{ model: 0, pattern }], { seed: 3, forMs: LENGTH_MS });
  const settings = { ...DEFAULTS, kinds: [kind], workers, noise: QUIET, seed: 3 };
  const world = worldWith(settings, arrivals);
  const { timeline, scheduler, models } = world;
  const queue = new ShadowQueue(timeline, new BodyBuffers(), (task) => void timeline.after(0, task));
  const version = {
    settings: {},
    state: 'ready',
    lease: () => version,
    release: () => undefined,
    runSpare: (payload: Payload) => scheduler.spare(models[0]!, payload),
  } as unknown as ModelVersion;
  const work = { live: version, shadow: () => version, done: () => undefined, dropped: () => undefined };
  for (const { at, request } of copied ? arrivals : []) {
    timeline.at(at + 1, () => queue.offer(request.payloads, work));
  }
  await world.run();
  const latencies = world.records.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b);
  return latencies[Math.floor(0.99 * latencies.length)]!;
}

for (const [name, kind] of [
  ['a convolution net', CONV],
  ['a matrix-bound model', MATRIX],
] as const) {
  for (const [workers, most] of [
    [1, 1.15],
    [2, 1.06],
  ] as const) {
    t.test(`${name} on ${workers} keeps its p99 within ${most} while every request is copied`, async (t) => {
      for (const load of [0.1, 0.5]) {
        const alone = await p99Of(kind, workers, load, false);
        const copied = await p99Of(kind, workers, load, true);
        t.ok(copied <= most * alone, `load ${load}: ${copied.toFixed(1)} of ${alone.toFixed(1)} ms`);
      }
    });
  }
}
