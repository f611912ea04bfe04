/**
 * The counters of NVIDIA's Triton under their own names, for dashboards made for it: computed at each scrape from what is
 * counted anyway. Their names break Prometheus's rules (no `_total`, microseconds), so they are exposed only with the
 * option metricsCompat. Meanings: Triton's docs/user_guide/metrics.md.
 */
import type { ErrorCode } from '../../errors.ts';
import type { ModelSeries, ModelTable } from './model-series.ts';
import type { Exposed, Sample } from './series/table.ts';

const US_PER_MS = 1000;
const US_PER_SECOND = 1_000_000;

const REASONS = ['REJECTED', 'BACKEND', 'OTHER'] as const;
type Reason = (typeof REASONS)[number];

/** REJECTED: not run, for lack of time or room. BACKEND: failed while it ran. OTHER, the rest: faults of the client. */
const REASON_OF: Partial<Record<ErrorCode, Reason>> = {
  OVERLOADED: 'REJECTED',
  QUEUE_FULL: 'REJECTED',
  DEADLINE_EXCEEDED: 'REJECTED',
  MODEL_LOADING: 'REJECTED',
  DRAINING: 'REJECTED',
  IMAGE_CORRUPT: 'BACKEND',
  IMAGE_TRUNCATED: 'BACKEND',
  WORKER_DIED: 'BACKEND',
  DEVICE_LOST: 'BACKEND',
  INTERNAL: 'BACKEND',
};

const DURATIONS: Readonly<
  Record<string, { readonly help: string; readonly us: (of: ModelSeries) => number }>
> = {
  nv_inference_request_duration_us: {
    help: 'Cumulative duration of answered requests, in microseconds.',
    us: ({ duration }) => duration.sum * US_PER_SECOND,
  },
  nv_inference_queue_duration_us: {
    help: 'Cumulative time that answered requests waited for a worker, in microseconds.',
    us: ({ stageMs }) => stageMs.queue * US_PER_MS,
  },
  nv_inference_compute_input_duration_us: {
    help: 'Cumulative time that inputs of answered requests were prepared (images decoded), in microseconds.',
    us: ({ stageMs }) => stageMs.decode * US_PER_MS,
  },
  nv_cache_hit_duration_per_model: {
    help: 'Cumulative time from the body to the answer of requests answered from the cache, in microseconds.',
    us: ({ cache }) => cache.hitMs * US_PER_MS,
  },
  nv_inference_compute_infer_duration_us: {
    help: 'Cumulative time that the model ran for answered requests, in microseconds.',
    us: ({ stageMs }) => stageMs.infer * US_PER_MS,
  },
  nv_inference_compute_output_duration_us: {
    help: 'Cumulative time that outputs of answered requests were prepared, in microseconds.',
    us: ({ stageMs }) => stageMs.post * US_PER_MS,
  },
};

export function tritonMetrics(models: ModelTable): Exposed[] {
  const metric = (
    name: string,
    help: string,
    samplesOf: (of: ModelSeries) => Sample[],
    more: string[] = [],
  ) => exposed(name, help, ['model', 'version', ...more], () => models.all.flatMap(samplesOf));
  const number = (name: string, help: string, valueOf: (of: ModelSeries) => number): Exposed =>
    metric(name, help, (of) => [{ labels: of.labels, value: valueOf(of) }]);
  return [
    number('nv_inference_request_success', 'Requests that were answered.', ({ duration }) => duration.count),
    metric('nv_inference_request_failure', 'Requests that failed, by reason.', failures, ['reason']),
    number(
      'nv_inference_count',
      'Images and rows predicted, without those from the cache.',
      ({ succeeded, cache }) => succeeded.value - cache.reusedRows,
    ),
    number('nv_inference_exec_count', 'Batches run.', ({ batchDuration }) => batchDuration.count),
    number('nv_cache_num_hits_per_model', 'Requests answered from the cache.', ({ cache }) => cache.hits),
    number('nv_cache_num_misses_per_model', 'Requests that had to be run.', ({ cache }) => cache.misses),
    ...Object.entries(DURATIONS).map(([name, { help, us }]) =>
      number(name, help, (of) => Math.round(us(of))),
    ),
  ];
}

function failures(of: ModelSeries): Sample[] {
  const counts: Record<Reason, number> = { REJECTED: 0, BACKEND: 0, OTHER: 0 };
  for (const [code, count] of of.failures) counts[REASON_OF[code] ?? 'OTHER'] += count;
  return REASONS.map((reason) => ({ labels: { ...of.labels, reason }, value: counts[reason] }));
}

function exposed(name: string, help: string, labelNames: string[], samples: () => Sample[]): Exposed {
  const type = 'counter';
  return {
    name,
    help,
    type,
    labelNames,
    get: () => Promise.resolve({ name, help, type, values: samples() }),
  };
}
