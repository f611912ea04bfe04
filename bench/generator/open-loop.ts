/**
 * The open loop: requests leave at their Poisson times whether or not earlier ones were answered, and latency counts
 * from the intended time, so that a stall of the server, or of this generator, is seen by every request it delayed.
 */
import { ring } from './alarm.ts';
import { seededRandom } from '../../tools/random/seeded.ts';
import { poissonArrivals } from './arrivals.ts';
import { Connections, requestOf, type Ending } from './connections.ts';
import { Count, Usage, type Used } from './count.ts';
import type { BurstPhase, OpenPhase, Outcome } from './phase.ts';

const TIMEOUT_MS = 10_000;
const SWEEP_MS = 50;
/** The longest that an aborting client waits before it closes its connection. */
const ABORT_WITHIN_MS = 40;
/** The first arrival comes this long after the thread of the alarm was started. */
const LEAD_MS = 100;

interface InFlight {
  readonly due: number;
  readonly end: (ending: 'time-out' | 'aborted') => void;
}

export async function openLoop(phase: OpenPhase): Promise<Outcome> {
  const url = new URL(phase.url);
  const requests = phase.bodies.map((body) => requestOf(url, phase.headers, body));
  const { warmUpMs, durationMs, abortShare = 0 } = phase;
  const times = poissonArrivals(phase.perSecond, warmUpMs + durationMs, phase.seed);
  const random = seededRandom(~phase.seed);
  const connections = new Connections(url);
  await connections.open(4);
  const count = new Count(phase.sloMs);
  const inFlight = new Set<InFlight>();
  const origin = performance.now() + LEAD_MS;
  let next = 0;
  let usage: Usage | undefined;
  let used: Used | undefined;
  const marks = [
    setTimeout(() => void (usage = new Usage(phase.pids)), LEAD_MS + warmUpMs),
    setTimeout(() => void (used = usage?.end()), LEAD_MS + warmUpMs + durationMs - 1),
  ];

  const send = (at: number): void => {
    const due = origin + at;
    const counts = at >= warmUpMs;
    if (counts) count.sent(performance.now() - due);
    const finish = (ending: Ending): void => {
      inFlight.delete(entry);
      if (counts) count.ended(ending, performance.now() - due);
    };
    const entry: InFlight = { due, end: connections.send(requests[next % requests.length]!, finish) };
    inFlight.add(entry);
    if (abortShare > 0 && random() < abortShare) {
      setTimeout(() => entry.end('aborted'), random() * ABORT_WITHIN_MS);
    }
  };
  const sweep = setInterval(() => {
    const late = performance.now() - TIMEOUT_MS;
    for (const entry of inFlight) if (entry.due < late) entry.end('time-out');
  }, SWEEP_MS);

  await ring(times, origin, (due) => {
    for (; next < due; next++) send(times[next]!);
  });
  while (inFlight.size > 0) await new Promise((resolve) => void setTimeout(resolve, 5));
  await new Promise(
    (resolve) => void setTimeout(resolve, Math.max(0, origin + warmUpMs + durationMs - performance.now())),
  );
  clearInterval(sweep);
  marks.forEach(clearTimeout);
  connections.close();
  const unknown = { serverCpu: NaN, generatorCpu: NaN, serverRssMiB: NaN };
  return count.outcome(durationMs / 1000, used ?? unknown);
}

/** All requests at once. */
export async function burst(phase: BurstPhase): Promise<Outcome> {
  const url = new URL(phase.url);
  const requests = phase.bodies.map((body) => requestOf(url, phase.headers, body));
  const connections = new Connections(url);
  await connections.open(phase.requests);
  const count = new Count(phase.sloMs);
  const usage = new Usage(phase.pids);
  const due = performance.now();
  const all = Array.from({ length: phase.requests }, (_, index) => {
    return new Promise<void>((resolve) => {
      count.sent(performance.now() - due);
      const end = connections.send(requests[index % requests.length]!, (ending) => {
        clearTimeout(timer);
        count.ended(ending, performance.now() - due);
        resolve();
      });
      const timer = setTimeout(() => end('time-out'), TIMEOUT_MS);
    });
  });
  await Promise.all(all);
  connections.close();
  const { seconds, ...used } = usage.end();
  return count.outcome(seconds, used);
}
