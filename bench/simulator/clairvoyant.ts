/**
 * What could be had: a scheduler that knows how long every request will take. Earliest deadline first, one row a run,
 * no hand-over; what it knows to come too late it does not begin. For a model that gains nothing from batches
 * it is the measure of the server's own policy, which has to guess. Not a bound: shorter work first would answer more.
 */
import type { ModelKind } from './kinds.ts';
import { durationOf } from './machine.ts';
import type { Visit } from './request.ts';
import type { Arrival } from './scenario.ts';
import { Lucks, type Weather } from './weather.ts';

/** Arrivals of one model, each with the same patience, so that the earliest deadline is the earliest arrival. */
export function clairvoyant(
  kind: ModelKind,
  arrivals: readonly Arrival[],
  workers: number,
  weather: Weather,
  seed: number,
): Visit[] {
  const freeAt = Array<number>(workers).fill(0);
  const lucks = freeAt.map((_, worker) => new Lucks(weather, seed, worker));
  return arrivals.map(({ at, request: { model, payloads, timeoutMs } }) => {
    const limitMs = timeoutMs ?? kind.sloMs;
    const visit = { model, at, limitMs, strict: timeoutMs !== undefined };
    const worker = freeAt.indexOf(Math.min(...freeAt));
    const begin = Math.max(at, freeAt[worker]!);
    const luck = lucks[worker]!;
    const { decodeMs, inferMs } = durationOf(kind, payloads, 'narrow', begin, weather, luck.next);
    const end = begin + decodeMs + inferMs;
    // As with the server, what can begin at once is taken whatever it costs.
    if (end - at > limitMs && begin > at) return { ...visit, ending: 'refused', latencyMs: 0 };
    luck.take();
    freeAt[worker] = end;
    return { ...visit, ending: 'done', latencyMs: end - at };
  });
}
