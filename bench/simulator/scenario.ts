/** The load of a world: open-loop requests from patterns, and closed-loop clients. Repeatable from its seed. */
import type { Pattern } from './arrivals.ts';
import type { ModelKind } from './kinds.ts';
import { Random } from './random.ts';
import { drawPayloads, type Request, type RequestRecord } from './request.ts';
import { World, type WorldSettings } from './world.ts';

export interface Stream {
  /** Number of the model. */
  readonly model: number;
  readonly pattern: Pattern;
  /** The clients' deadline, in milliseconds from arrival; undefined: none. */
  readonly timeoutMs?: number;
  /** Images or rows of a request. */
  readonly count?: number;
}

export interface Clients {
  readonly model: number;
  readonly count: number;
  /** Mean think time between an answer and the next request; exponentially distributed. */
  readonly thinkMs: number;
}

/** After a refusal a client waits at least this long, for Retry-After. */
const BACKOFF_MS = 1000;

export interface Arrival {
  readonly at: number;
  readonly request: Request;
}

/** Draws all requests of the streams, in order of arrival. The same seed gives the same requests. */
export function drawArrivals(
  kinds: readonly ModelKind[],
  streams: readonly Stream[],
  { seed, forMs }: { seed: number; forMs: number },
): Arrival[] {
  return streams
    .flatMap(({ model, pattern, timeoutMs, count }, index) => {
      const random = new Random(seed * 31 + index);
      return pattern(random, forMs).map((at) => {
        const payloads = drawPayloads(kinds[model]!, random, count);
        return { at, request: { model, payloads, timeoutMs } };
      });
    })
    .sort((a, b) => a.at - b.at);
}

/** Returns a world in which these requests will arrive; it has not been run. */
export function worldWith(settings: WorldSettings, arrivals: readonly Arrival[]): World {
  const world = new World(settings);
  // Each arrival schedules the next one, so that the heap stays small.
  let next = 0;
  const arrive = (): void => {
    const { at } = arrivals[next]!;
    while (arrivals[next]?.at === at) world.request(arrivals[next++]!.request);
    if (next < arrivals.length) world.timeline.at(arrivals[next]!.at, arrive);
  };
  if (arrivals.length > 0) world.timeline.at(arrivals[0]!.at, arrive);
  return world;
}

/** Adds closed-loop clients, which send the next request after an answer and a think time, until `forMs`. */
export function addClients(
  world: World,
  clients: Clients,
  { seed, forMs }: { seed: number; forMs: number },
): void {
  const { model, count, thinkMs } = clients;
  const { kinds } = world.settings;
  const random = new Random(seed);
  const ask = (): void => {
    if (world.timeline.now() > forMs) return;
    const request = { model, payloads: drawPayloads(kinds[model]!, random), timeoutMs: undefined };
    world.request(request, ({ outcome }: RequestRecord) => {
      const pauseMs =
        (thinkMs > 0 ? random.exponential(thinkMs) : 0) + (outcome === 'refused' ? BACKOFF_MS : 0);
      world.timeline.after(pauseMs, ask);
    });
  };
  for (let client = 0; client < count; client++) world.timeline.at(random.between(0, 10), ask);
}
