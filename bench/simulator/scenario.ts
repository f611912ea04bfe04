/** A load on a world: requests from patterns and from clients that wait for their answers. Repeatable from its seed. */
import type { Pattern } from './arrivals.ts';
import type { ModelKind } from './kinds.ts';
import { Random } from './random.ts';
import { drawPayloads, type Request, type Visit } from './request.ts';
import { World, type WorldSettings } from './world.ts';

export interface Stream {
  /** Number of the model. */
  readonly model: number;
  readonly pattern: Pattern;
  /** Of the clients' own; undefined for none. */
  readonly timeoutMs?: number;
  /** Images or rows of a request. */
  readonly count?: number;
}

export interface Clients {
  readonly model: number;
  readonly count: number;
  /** Mean; exponential. */
  readonly thinkMs: number;
}

/** After a refusal a client waits at least this long, as Retry-After asks. */
const BACKOFF_MS = 1000;

export interface Arrival {
  readonly at: number;
  readonly request: Request;
}

/** All requests of the streams, in order. The same seed gives the same requests. */
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

/** A world with these requests on their way; it has not begun. */
export function worldWith(settings: WorldSettings, arrivals: readonly Arrival[]): World {
  const world = new World(settings);
  // One event after the other, so that the heap stays small.
  let next = 0;
  const come = (): void => {
    const { at } = arrivals[next]!;
    while (arrivals[next]?.at === at) world.request(arrivals[next++]!.request);
    if (next < arrivals.length) world.timeline.at(arrivals[next]!.at, come);
  };
  if (arrivals.length > 0) world.timeline.at(arrivals[0]!.at, come);
  return world;
}

/** Adds clients that ask again when they have been answered and have thought, until that moment. */
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
    world.request(request, ({ ending }: Visit) => {
      const pauseMs =
        (thinkMs > 0 ? random.exponential(thinkMs) : 0) + (ending === 'refused' ? BACKOFF_MS : 0);
      world.timeline.after(pauseMs, ask);
    });
  };
  for (let client = 0; client < count; client++) world.timeline.at(random.between(0, 10), ask);
}
