/** What explanations cost the requests that come meanwhile: explanations, batcher, intake and scheduler are the server's. */
import t from 'tap';
import { poisson } from '../../bench/simulator/arrivals.ts';
import { CONV, MATRIX, WEB_IMAGES, type ModelKind } from '../../bench/simulator/kinds.ts';
import { QUIET } from '../../bench/simulator/noise.ts';
import { drawArrivals, worldWith } from '../../bench/simulator/scenario.ts';
import { DEFAULTS, type World } from '../../bench/simulator/world.ts';
import type { Exchange } from '../../src/http/exchange.ts';
import { Intake } from '../../src/serving/intake.ts';
import type { ModelVersion } from '../../src/serving/model-version.ts';
import { Explanations } from '../../src/task/explanations.ts';
import type { ImagePayload, Payload } from '../../src/thread/payload.ts';
import { capacityOf } from './worlds.ts';

const LENGTH_MS = 8_000;
/** Explanations that are asked for at the same time, one after the other without a pause. */
const ASKING = 4;

const PHOTO = {
  kind: 'image',
  rows: 1,
  bytes: WEB_IMAGES[0].bytes,
  header: WEB_IMAGES[0].header,
  topK: 5,
  decodeMs: WEB_IMAGES[0].decodeMs,
} as unknown as ImagePayload;

/** Explains without end. Counts the rows. */
function explainIn({ timeline, scheduler, models }: World): { rows: number } {
  const intake = new Intake(scheduler, timeline, (task) => void timeline.after(0, task));
  const [batcher] = models;
  const version = {
    costs: batcher!.costs,
    settings: { preprocess: { resize: 256, crop: 224 } },
    submit: (payloads: readonly Payload[], deadlineAt: number | undefined, _: undefined, priority: 'low') =>
      intake.submit(batcher!, payloads, deadlineAt, undefined, priority),
  } as unknown as ModelVersion;
  const explanations = new Explanations({
    rows: 49,
    maxTimeoutMs: Infinity,
    admission: { admitWork: () => undefined },
    ended: (_version, _outcome, rows) => void (counted.rows += rows),
  });
  const counted = { rows: 0 };
  const again = (): void => {
    if (timeline.now() > LENGTH_MS) return;
    const exchange = {
      ended: false,
      elapsedMs: 0,
      timeLeftMs: Infinity,
      onEnd: () => undefined,
    } as unknown as Exchange;
    const classes = { kind: 'classes', classes: [1], probabilities: [1] } as const;
    // One that is late fails: the next one begins.
    explanations.explain(exchange, version, PHOTO, classes).then(again, again);
  };
  for (let asking = 0; asking < ASKING; asking++) timeline.at(0, again);
  return counted;
}

async function p99Of(kind: ModelKind, workers: number, load: number, explains: boolean) {
  const pattern = poisson(load * capacityOf(kind, workers));
  const arrivals = drawArrivals([kind], [{ model: 0, pattern }], { seed: 3, forMs: LENGTH_MS });
  const world = worldWith({ ...DEFAULTS, kinds: [kind], workers, noise: QUIET, seed: 3 }, arrivals);
  const counted = explains ? explainIn(world) : { rows: 0 };
  // An explanation goes on some promises after its last part; nothing else is pending.
  while (world.timeline.step()) for (let hops = 0; hops < 20; hops++) await Promise.resolve();
  const latencies = world.records.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b);
  const answered = world.records.filter(({ outcome }) => outcome === 'done').length;
  return { p99: latencies[Math.floor(0.99 * latencies.length)]!, answered, rows: counted.rows };
}

const PHOTO_MS = 2;

/** Photographs of the web are decoded in 1 to 2 ms. */
const IMAGES = { images: WEB_IMAGES };

for (const [name, kind] of [
  ['a convolution net', { ...CONV, ...IMAGES }],
  ['a matrix-bound model', { ...MATRIX, ...IMAGES }],
] as const) {
  for (const workers of [1, 2]) {
    t.test(`${name} on ${workers}: requests wait for one part at the most`, async (t) => {
      for (const load of [0.1, 0.5]) {
        const alone = await p99Of(kind, workers, load, false);
        const beside = await p99Of(kind, workers, load, true);
        // With a second worker there is mostly one that is free.
        const mostMs = (workers === 1 ? 2 : 1) * (kind.runs[0]!.ms + PHOTO_MS);
        const figures = `load ${load}: p99 ${alone.p99.toFixed(1)} ms, ${beside.p99.toFixed(1)} beside ${beside.rows} rows`;
        t.ok(beside.p99 <= alone.p99 + mostMs, figures);
        t.ok(beside.rows > 300, 'explanations are made meanwhile');
        t.ok(
          beside.answered >= 0.97 * alone.answered,
          `${beside.answered} of ${alone.answered} requests are answered`,
        );
      }
    });
  }
}
