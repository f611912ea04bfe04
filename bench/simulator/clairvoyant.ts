/**
 * A clairvoyant scheduler, which knows how long every request takes, as a reference for the server's policy: earliest
 * deadline first, one row a run, no hand-over time, and requests that would be late are not started. For models that gain
 * nothing from batches. Not an upper bound: shortest work first would answer more.
 */
import type { ModelKind } from './kinds.ts';
import { durationOf } from './machine.ts';
import type { RequestRecord } from './request.ts';
import type { Arrival } from './scenario.ts';
import { RunNoises, type Noise } from './noise.ts';

/** `arrivals`: of one model, all with the same limit, so that the earliest deadline is the earliest arrival. */
export function clairvoyant(
  kind: ModelKind,
  arrivals: readonly Arrival[],
  workers: number,
  noise: Noise,
  seed: number,
): RequestRecord[] {
  const freeAt = Array<number>(workers).fill(0);
  const runNoises = freeAt.map((_, worker) => new RunNoises(noise, seed, worker));
  return arrivals.map(({ at, request: { model, payloads, timeoutMs } }) => {
    const limitMs = timeoutMs ?? kind.sloMs;
    const record = { model, at, limitMs, strict: timeoutMs !== undefined };
    const worker = freeAt.indexOf(Math.min(...freeAt));
    const begin = Math.max(at, freeAt[worker]!);
    const runNoise = runNoises[worker]!;
    const { decodeMs, inferMs } = durationOf(kind, payloads, 'narrow', begin, noise, runNoise.next);
    const end = begin + decodeMs + inferMs;
    // As in the server, work that can start at once is accepted, whatever its duration.
    if (end - at > limitMs && begin > at) return { ...record, outcome: 'refused', latencyMs: 0 };
    runNoise.take();
    freeAt[worker] = end;
    return { ...record, outcome: 'done', latencyMs: end - at };
  });
}
