/** Worlds for the property tests: any mix of models, workers, noise and arrivals. */
import fc from 'fast-check';
import { bursts, onOff, poisson, ramp, steady, type Pattern } from '../../bench/simulator/arrivals.ts';
import { CONV, LITTLE, MATRIX, MIXED_IMAGES, SLOW, WEB_IMAGES } from '../../bench/simulator/kinds.ts';
import { quietMs } from '../../bench/simulator/machine.ts';
import type { ModelKind } from '../../bench/simulator/kinds.ts';
import { addClients, drawArrivals, worldWith, type Stream } from '../../bench/simulator/scenario.ts';
import { NOISY, QUIET, SLOWING } from '../../bench/simulator/noise.ts';
import { DEFAULTS, type World } from '../../bench/simulator/world.ts';
import type { Place } from '../../src/scheduler/roster.ts';

const KINDS: readonly ModelKind[] = [
  CONV,
  MATRIX,
  SLOW,
  LITTLE,
  { ...CONV, name: 'pictures', images: WEB_IMAGES },
  { ...CONV, name: 'photographs', images: MIXED_IMAGES, sloMs: 400 },
  { ...MATRIX, name: 'delayed', maxQueueDelayMs: 5 },
];

/** Requests a second that the workers can answer for one model, without batches. */
export const capacityOf = (kind: ModelKind, workers: number): number =>
  (1000 * workers) / quietMs(kind, 1, 'narrow');

const PATTERNS: readonly ((perSecond: number) => Pattern)[] = [
  poisson,
  steady,
  ramp,
  (perSecond) => bursts(perSecond, 10),
  (perSecond) => onOff(perSecond, 400, 0.3),
];

const load = fc.record({
  kind: fc.constantFrom(...KINDS),
  pattern: fc.constantFrom(...PATTERNS),
  times: fc.constantFrom(0.1, 0.5, 0.9, 1.5, 4),
  count: fc.constantFrom(1, 1, 1, 3, 12),
  timeoutMs: fc.option(fc.constantFrom(30, 150, 600), { nil: undefined }),
  clients: fc.constantFrom(0, 0, 1, 6),
  place: fc.constantFrom<Place | undefined>(
    undefined,
    undefined,
    { weight: 4, cores: Infinity },
    { weight: 1 / 4, cores: Infinity },
    { weight: 1, cores: 1 },
    { weight: 4, cores: 2 },
  ),
});

export const plan = fc.record({
  loads: fc.array(load, { minLength: 1, maxLength: 3 }),
  workers: fc.integer({ min: 1, max: 8 }),
  wide: fc.boolean(),
  prefetchUnderMs: fc.constantFrom(0, 50),
  maxQueueRows: fc.constantFrom(20, 1024),
  noise: fc.constantFrom(QUIET, NOISY, SLOWING),
  seed: fc.integer({ min: 1, max: 1_000_000 }),
});

export type Plan = typeof plan extends fc.Arbitrary<infer Value> ? Value : never;

/** Returns a world with about `requests` requests. */
export function worldOf(plan: Plan, requests: number): World {
  const { loads, seed, workers } = plan;
  const kinds = loads.map(({ kind, place }) => (place === undefined ? kind : { ...kind, place }));
  const rates = loads.map(({ kind, times, count }) => (times * capacityOf(kind, workers)) / count);
  const forMs = Math.min(3000, (1000 * requests) / rates.reduce((sum, rate) => sum + rate, 0));
  const streams = loads.map(({ pattern, count, timeoutMs }, model): Stream => {
    const stream = { model, pattern: pattern(rates[model]!), count };
    return timeoutMs === undefined ? stream : { ...stream, timeoutMs };
  });
  const world = worldWith({ ...DEFAULTS, ...plan, kinds }, drawArrivals(kinds, streams, { seed, forMs }));
  loads.forEach(({ clients }, model) => {
    if (clients > 0) addClients(world, { model, count: clients, thinkMs: 5 }, { seed: seed + model, forMs });
  });
  return world;
}

const ROUNDING_MS = 1e-6;

/**
 * Why rows may wait while a worker is idle: their model has a queue delay or runs on all cores that it may use, a wide run
 * uses all cores, or a long batch would leave no worker to a faster active model. Undefined when there is no reason.
 */
export function waitReason(world: World, model: number): string | undefined {
  const now = world.timeline.now();
  if (world.workers.some((worker) => worker.widePermitMs(now) > 0)) return 'wide';
  const batcher = world.models[model]!;
  if (runningOf(world, model) >= coresOf(world, model)) return 'cores';
  const { costs } = batcher;
  const { maxQueueDelayMs } = world.settings.kinds[model]!;
  const full = batcher.queuedRows >= costs.cap;
  // The timer of the delay may fire a rounding error after the moment at which it has passed.
  if (!full && now - (batcher.oldestQueuedAt ?? now) < maxQueueDelayMs + ROUNDING_MS) return 'delay';
  const others = world.models.filter((other, index) => index !== model && other.queuedRows === 0);
  const quickest = Math.min(...others.map(ownMs));
  const longestMs = Math.max(batcher.queuedMs, costs.batchMs(Math.min(costs.cap, batcher.queuedRows), 0));
  if (longestMs <= 2 * quickest) return undefined;
  const withoutLong = world.workers.filter((worker) => worker.longestMs <= 2 * quickest);
  return world.workers.length > 1 && withoutLong.length <= 1 ? 'room' : undefined;
}

/** Batches of the model that workers hold. */
export const runningOf = ({ workers }: World, model: number): number =>
  workers.reduce((sum, worker) => sum + worker.heldOf(model), 0);

/** How many of them there may be. */
export const coresOf = ({ settings }: World, model: number): number =>
  settings.kinds[model]!.place?.cores ?? Infinity;

/** Predicted worker milliseconds of a request of one row. */
const ownMs = ({ costs }: World['models'][number]): number => costs.batchMs(1, costs.typicalDecodeMs);
