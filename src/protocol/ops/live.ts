/**
 * How the server is doing at this moment and was in the last minute, small enough to be asked for every second: what
 * the page at / shows beside an answer. For graphs and alerts there are the metrics.
 */
import type { LastMinute } from '../../telemetry/metrics/minute.ts';
import { timing } from '../rounding.ts';
import type { Exchange } from '../../http/exchange.ts';

export interface LiveFacts {
  readonly uptimeMs: number;
  readonly minute: LastMinute;
  readonly models: readonly {
    readonly name: string;
    readonly version: string;
    readonly state: string;
    readonly queuedRows: number;
  }[];
  /** State of each worker, and whether it has a batch. */
  readonly workers: readonly { readonly state: string; readonly busy: boolean }[];
}

export function showLive(exchange: Exchange, { uptimeMs, minute, models, workers }: LiveFacts): void {
  const { answered, failed, p50Ms, p99Ms } = minute;
  exchange.answer({
    contentType: 'application/json',
    // A cache would show a server that stands still.
    headers: [['cache-control', 'no-store']],
    body: JSON.stringify({
      uptime_s: timing(uptimeMs / 1000),
      last_minute: {
        answered: answered.reduce((sum, count) => sum + count, 0),
        failed,
        answered_by_second: answered,
        ...(p50Ms === undefined ? {} : { p50_ms: timing(p50Ms) }),
        ...(p99Ms === undefined ? {} : { p99_ms: timing(p99Ms) }),
      },
      models: models.map(({ name, version, state, queuedRows }) => ({
        name,
        version,
        state,
        queued_rows: queuedRows,
      })),
      workers: countsOf(workers.map(({ state, busy }) => (state === 'ready' && busy ? 'busy' : state))),
    }),
  });
}

const countsOf = (states: readonly string[]): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(states, (state) => state)].map(([state, all]) => [state, all.length]));
