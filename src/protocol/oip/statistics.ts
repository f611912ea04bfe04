/** What has been counted of the models, in Triton's form: integers of nanoseconds since the version was first loaded. */
import Type from 'typebox';
import type { Exchange } from '../../http/exchange.ts';
import type { ModelVersion } from '../../serving/model-version.ts';
import type { ModelSeries } from '../../telemetry/metrics/model-series.ts';
import { ALWAYS, json, type Example } from '../description.ts';
import { OF_MODEL, OF_VERSION } from '../path-parameters.ts';
import type { DescribedRoute } from '../route-set.ts';
import { count, MODEL } from '../schemas.ts';
import { answer, versionOf, type OipFacts, type OipParts } from './facts.ts';

type StatisticsRoute = DescribedRoute<OipParts>;

const Duration = Type.Object(
  { count: Type.Integer({ minimum: 0 }), ns: Type.Integer({ minimum: 0 }) },
  { title: 'OipDuration', description: 'How often, and nanoseconds in all.' },
);

const ModelStatistics = Type.Object(
  {
    name: Type.String(),
    version: Type.String(),
    last_inference: count('When the last batch was done, in milliseconds since 1970.'),
    inference_count: count('Images and rows predicted.'),
    execution_count: count('Batches run.'),
    inference_stats: Type.Object(
      {
        success: Duration,
        fail: Duration,
        queue: Duration,
        compute_input: Duration,
        compute_infer: Duration,
        compute_output: Duration,
        cache_hit: Duration,
        cache_miss: Duration,
      },
      {
        description:
          'Of requests: answered, failed, and of those answered the time in the queue, decoding, running the model and preparing the answer.',
      },
    ),
    batch_stats: Type.Array(
      Type.Object({
        batch_size: Type.Integer({ minimum: 1 }),
        compute_input: Duration,
        compute_infer: Duration,
        compute_output: Duration,
      }),
      { description: 'Of batches, by their number of rows.' },
    ),
    memory_usage: Type.Array(
      Type.Object({ type: Type.String(), id: Type.Integer(), byte_size: Type.Integer({ minimum: 0 }) }),
      { description: 'What it has been measured to take; empty while it is not loaded.' },
    ),
  },
  { title: 'OipModelStatistics' },
);

export const Statistics = Type.Object(
  { model_stats: Type.Array(ModelStatistics) },
  { title: 'OipStatistics' },
);

const NS_PER_MS = 1_000_000;
const NS_PER_SECOND = 1_000_000_000;

const duration = (times: number, ms: number): object => ({ count: times, ns: Math.round(ms * NS_PER_MS) });
const NEVER = duration(0, 0);

const STATISTICS: Example = {
  summary: 'After three requests, of which two ran together',
  value: {
    model_stats: [
      {
        ...MODEL,
        last_inference: 1_790_000_000_000,
        inference_count: 3,
        execution_count: 2,
        inference_stats: {
          success: duration(3, 31.5),
          fail: NEVER,
          queue: duration(3, 0.4),
          compute_input: duration(3, 4.5),
          compute_infer: duration(3, 25.6),
          compute_output: duration(3, 0.1),
          cache_hit: NEVER,
          cache_miss: NEVER,
        },
        batch_stats: [
          {
            batch_size: 1,
            compute_input: duration(1, 1.5),
            compute_infer: duration(1, 8.4),
            compute_output: duration(1, 0.03),
          },
          {
            batch_size: 2,
            compute_input: duration(1, 3),
            compute_infer: duration(1, 17.2),
            compute_output: duration(1, 0.05),
          },
        ],
        memory_usage: [{ type: 'CPU', id: 0, byte_size: 41_943_040 }],
      },
    ],
  },
};

const STATISTICS_ROUTE = {
  method: 'GET',
  quiet: true,
  access: 'read',
  tag: 'Open Inference Protocol',
  answers: {
    200: { description: 'The statistics.', contents: json(Statistics, { oipStatistics: STATISTICS }) },
  },
} as const satisfies Partial<StatisticsRoute>;

const SAYS =
  'Counters since the start; perf_analyzer asks before and after it measures. Means over time are differences. The metrics say more.';

export const allStatisticsRoute: StatisticsRoute = {
  ...STATISTICS_ROUTE,
  pattern: '/v2/models/stats',
  summary: 'Statistics of all models',
  description: `${SAYS} A model of the name \`stats\` has no metadata of its own here.`,
  errors: ALWAYS,
  samples: [{ label: 'All', path: '/v2/models/stats' }],
  handle: (exchange, { oip }) =>
    report(
      exchange,
      oip,
      oip.catalogue.versions.filter(({ name }) => exchange.mayUse(name)),
    ),
};

const OF_ONE = {
  ...STATISTICS_ROUTE,
  errors: [...ALWAYS, 'MODEL_NOT_FOUND'],
} as const satisfies Partial<StatisticsRoute>;

export const modelStatisticsRoute: StatisticsRoute = {
  ...OF_ONE,
  pattern: '/v2/models/:model/stats',
  summary: 'Statistics of the versions of a model',
  description: SAYS,
  parameters: OF_MODEL,
  samples: [{ label: 'One', path: '/v2/models/efficientnet-lite0/stats' }],
  handle: (exchange, { oip }) => {
    const { name } = versionOf(exchange, oip);
    report(exchange, oip, oip.catalogue.model(name)?.versions ?? []);
  },
};

export const versionStatisticsRoute: StatisticsRoute = {
  ...OF_ONE,
  pattern: '/v2/models/:model/versions/:version/stats',
  summary: 'Statistics of a version',
  description: `${SAYS} The version is a number or a label.`,
  parameters: OF_VERSION,
  samples: [{ label: 'One', path: '/v2/models/efficientnet-lite0/versions/int8/stats' }],
  handle: (exchange, { oip }) => report(exchange, oip, [versionOf(exchange, oip)]),
};

/** Versions that were never loaded have none. */
function report(exchange: Exchange, { seriesOf }: OipFacts, versions: readonly ModelVersion[]): void {
  const all = versions.flatMap(({ labels, memoryBytes }) => {
    const series = seriesOf(labels);
    return series === undefined ? [] : [statisticsOf(series, memoryBytes)];
  });
  answer(exchange, { model_stats: all });
}

/** `memoryBytes`: undefined while it is not loaded. */
export function statisticsOf(series: ModelSeries, memoryBytes?: number): object {
  const { stageMs, batchSizes, duration: answered, cache } = series;
  const requests = answered.count;
  let failed = 0;
  for (const times of series.failures.values()) failed += times;
  const sizes = [...batchSizes].sort(([a], [b]) => a - b);
  return {
    name: series.labels.model,
    version: series.labels.version,
    last_inference: series.lastBatchAt,
    // Rows from the cache of answers were not inferred.
    inference_count: series.succeeded.value - cache.reusedRows,
    execution_count: series.batchDuration.count,
    inference_stats: {
      success: { count: requests, ns: Math.round(answered.sum * NS_PER_SECOND) },
      fail: duration(failed, series.failedMs),
      queue: duration(requests, stageMs.queue),
      compute_input: duration(requests - cache.hits, stageMs.decode),
      compute_infer: duration(requests - cache.hits, stageMs.infer),
      compute_output: duration(requests - cache.hits, stageMs.post),
      cache_hit: duration(cache.hits, cache.hitMs),
      cache_miss: duration(cache.misses, 0),
    },
    batch_stats: sizes.map(([size, { count: times, decodeMs, inferMs, postMs }]) => ({
      batch_size: size,
      compute_input: duration(times, decodeMs),
      compute_infer: duration(times, inferMs),
      compute_output: duration(times, postMs),
    })),
    memory_usage: memoryBytes === undefined ? [] : [{ type: 'CPU', id: 0, byte_size: memoryBytes }],
  };
}
