/**
 * The state of the server now and in the last minute, small enough to be asked for every second: the page at / shows it.
 * For graphs and alerts there are the metrics.
 */
import Type from 'typebox';
import type { Exchange } from '../../http/exchange.ts';
import type { LastMinute } from '../../telemetry/metrics/minute.ts';
import { ALWAYS, json, type Example } from '../description.ts';
import { rounded, timing } from '../rounding.ts';
import type { DescribedRoute } from '../route-set.ts';
import { amount, count, MODEL, STATES } from '../schemas.ts';

export interface LiveFacts {
  readonly uptimeMs: number;
  readonly minute: LastMinute;
  /** Predicted worker time that requests ask for, over the time that the workers have. */
  readonly saturation: number;
  readonly models: readonly {
    readonly name: string;
    readonly version: string;
    readonly state: string;
    readonly queuedRows: number;
  }[];
  /** State of each worker, and whether it has a batch. */
  readonly workers: readonly { readonly state: string; readonly busy: boolean }[];
}

const Minute = Type.Object(
  {
    answered: count('Predictions that were answered.'),
    failed: count('Predictions that got an error answer, refusals included.'),
    answered_by_second: Type.Array(Type.Integer({ minimum: 0 }), {
      minItems: 60,
      maxItems: 60,
      description: 'Oldest first; the last is the current second.',
    }),
    p50_ms: Type.Optional(
      amount('Median from first byte to answer, within 2.5 %; left out when nothing was answered.'),
    ),
    p99_ms: Type.Optional(amount('99th percentile of the same.')),
  },
  { title: 'LastMinute', description: 'The predictions of the last sixty seconds.' },
);

const Waiting = Type.Object(
  {
    name: Type.String(),
    version: Type.String(),
    state: Type.Enum(STATES),
    queued_rows: count('Rows waiting for a worker.'),
  },
  { title: 'Waiting' },
);

export const Live = Type.Object(
  {
    uptime_s: amount('Seconds since the server was made.'),
    last_minute: Minute,
    saturation: amount(
      'Worker time that requests ask for, by the cost model, over what the workers have: a mean over some 30 s. Above 1 it is more than can be done. In the metrics `ortolan_saturation_ratio`.',
    ),
    models: Type.Array(Waiting),
    workers: Type.Object(
      {},
      {
        additionalProperties: Type.Integer({
          minimum: 1,
          description: 'How many threads are in the state: `busy` has a batch, `ready` has none.',
        }),
        description: 'Worker threads by state.',
      },
    ),
  },
  { title: 'Live', description: 'The last minute, the queues and the workers.' },
);

const EXAMPLE: Example = {
  summary: 'One request a second on two workers',
  value: {
    uptime_s: 512.4,
    last_minute: {
      answered: 60,
      failed: 0,
      answered_by_second: Array.from({ length: 60 }, () => 1),
      p50_ms: 10.38,
      p99_ms: 12.65,
    },
    saturation: 0.005,
    models: [{ ...MODEL, state: 'ready', queued_rows: 0 }],
    workers: { busy: 1, ready: 1 },
  },
};

export const debugLiveRoute: DescribedRoute<{ readonly live: () => LiveFacts }> = {
  method: 'GET',
  pattern: '/debug/live',
  quiet: true,
  access: 'debug',
  summary: 'The last minute, the queues and the workers now',
  tag: 'Operations',
  description:
    'Small enough to be asked for every second, as the page at `/` does. For graphs and alerts use `/metrics`.',
  answers: { 200: { description: 'The state.', contents: json(Live, { live: EXAMPLE }) } },
  errors: ALWAYS,
  samples: [{ label: 'Now', path: '/debug/live' }],
  handle: (exchange, { live }) => showLive(exchange, live()),
};

export function showLive(exchange: Exchange, facts: LiveFacts): void {
  const { uptimeMs, minute, saturation, models, workers } = facts;
  const { answered, failed, p50Ms, p99Ms } = minute;
  exchange.answer({
    contentType: 'application/json',
    // From a cache it would be an old state.
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
      saturation: rounded(saturation, SATURATION_STEPS),
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

/** Thousandths: it is a forecast. */
const SATURATION_STEPS = 1000;

const countsOf = (states: readonly string[]): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(states, (state) => state)].map(([state, all]) => [state, all.length]));
