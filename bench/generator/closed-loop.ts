/**
 * The closed loop, by autocannon: each connection sends its next request when its last one is answered. Latencies come
 * from its events, because its own percentiles are whole milliseconds and lack the 95th. A closed loop slows down
 * with the server, so its percentiles say nothing about overload: that is the open loop's business.
 */
import { createRequire } from 'node:module';
import { Count, Usage, type Used } from './count.ts';
import type { ClosedPhase, Outcome } from './phase.ts';

interface Run extends Promise<unknown> {
  on(event: 'response', listener: (client: unknown, status: number, bytes: number, ms: number) => void): void;
  on(event: 'reqError', listener: (error: Error) => void): void;
  stop(): void;
}

/** Through the interface: the command line reads a body as text, which no photograph survives. */
const autocannon = createRequire(import.meta.url)('autocannon') as (options: object) => Run;

const TIMEOUT_S = 30;
/** It looks this often whether it was stopped. */
const STOP_WITHIN_MS = 50;

export async function closedLoop(phase: ClosedPhase): Promise<Outcome> {
  const { warmUpMs, durationMs, connections, bodies, headers } = phase;
  const count = new Count(phase.sloMs);
  const run = autocannon({
    url: phase.url,
    connections,
    duration: Math.ceil((warmUpMs + durationMs) / 1000) + TIMEOUT_S, // stop() comes first.
    timeout: TIMEOUT_S,
    sampleInt: STOP_WITHIN_MS,
    requests: bodies.map((body) => ({ method: 'POST', headers, body })),
  });
  let usage: Usage | undefined;
  let used: Used | undefined;
  run.on('response', (_client, status, _bytes, ms) => {
    if (usage === undefined || used !== undefined) return;
    count.sent(0);
    count.ended(status, ms);
  });
  run.on('reqError', (error) => {
    if (usage === undefined || used !== undefined) return;
    count.sent(0);
    count.ended(/timeout/i.test(error.message) ? 'time-out' : 'closed early', NaN);
  });
  setTimeout(() => {
    usage = new Usage(phase.pids);
    setTimeout(() => {
      used = usage!.end();
      run.stop();
    }, durationMs);
  }, warmUpMs);
  await run;
  if (used === undefined) throw new Error('autocannon ended before the phase did');
  return count.outcome(used.seconds, used);
}
