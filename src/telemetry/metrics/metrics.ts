/**
 * Every metric once: name with its unit, help, labels, buckets. Labels are low in cardinality by
 * construction: routes are patterns, classes are bounded, and nothing that a client writes becomes a label.
 * The rest of the code never touches a counter; it calls a function of events.ts.
 */
import { collectDefaultMetrics, Registry } from 'prom-client';
import { Counter } from './counter.ts';
import { Gauge } from './gauge.ts';
import { Histogram } from './histogram.ts';
import { ModelTable } from './model-series.ts';
import type { Exposed, Labels } from './series.ts';
import { tritonMetrics } from './triton.ts';

/** From a cached tensor answer to a request at its longest deadline; the edges of usual SLOs are in it. */
const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.35, 0.5, 1, 2.5, 5, 10, 30];

/** Stages are shorter than requests: a header parse is microseconds. */
const STAGE_BUCKETS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];

/** Powers of two, as the buckets of warm-up are. */
const ROW_BUCKETS = [1, 2, 4, 8, 16, 32, 64, 128];

const CONFIDENCE_BUCKETS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99];

/**
 * Of prom-client's own metrics, those that break the rules: gauges whose names end as counters' do. Each is the sum of
 * the metric of the same name without `_total`.
 */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

interface Removable {
  remove(labels: Labels<string>): void;
}

export type Metrics = ReturnType<typeof createMetrics>;

/** `compat`: whose names are there beside our own. */
export function createMetrics(compat: 'none' | 'triton' = 'none') {
  const registry = new Registry();
  const byVersion: Removable[] = [];
  const registered = <M extends Exposed>(metric: M): M => {
    registry.registerMetric(metric as never);
    return metric;
  };
  const own = <M extends Exposed & Removable>(metric: M): M => {
    if (['model', 'version'].every((label) => metric.labelNames.includes(label))) byVersion.push(metric);
    return registered(metric);
  };
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> =>
    own(new Counter(name, help, labelNames));
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]): Gauge<L> =>
    own(new Gauge(name, help, labelNames));
  const histogram = <L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    buckets: readonly number[],
  ): Histogram<L> => own(new Histogram(name, help, labelNames, buckets));

  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);

  const metrics = {
    registry,
    predictions: counter('predictions_total', 'Images and row groups predicted, by success or error.', [
      'model',
      'version',
      'status',
    ]),
    predictionDuration: histogram(
      'prediction_duration_seconds',
      'Duration of prediction requests that were answered, from their first byte to the last of the answer.',
      ['model', 'version'],
      DURATION_BUCKETS,
    ),
    httpRequests: counter(
      'http_requests_total',
      'HTTP requests ended, by route pattern and status code; code 499 is a client that left.',
      ['method', 'route', 'code'],
    ),
    requestsAccepted: counter(
      'ortolan_requests_accepted_total',
      'HTTP requests whose headers were read.',
      [],
    ),
    requestsFinished: counter(
      'ortolan_requests_finished_total',
      'HTTP requests ended: answered, failed (any error answer) or abandoned (the client left). They sum up to those accepted, less those in flight.',
      ['outcome'],
    ),
    errors: counter('ortolan_errors_total', 'Error answers, by error code.', ['code']),
    receivedBytes: counter('ortolan_http_received_bytes_total', 'Bytes of request bodies read.', []),
    sentBytes: counter('ortolan_http_sent_bytes_total', 'Bytes of answer bodies written.', []),
    inFlightBytes: gauge(
      'ortolan_in_flight_bytes',
      'Bytes of bodies being read or waiting for their answer.',
      [],
    ),
    inFlightBytesLimit: gauge('ortolan_in_flight_bytes_limit', 'Limit of ortolan_in_flight_bytes.', []),
    stageDuration: histogram(
      'ortolan_stage_duration_seconds',
      'Duration of the stages of answered predictions: read, decode, queue, infer, post.',
      ['stage'],
      STAGE_BUCKETS,
    ),
    queueRows: gauge('ortolan_queue_rows', 'Rows waiting for a worker.', ['model', 'version']),
    batches: counter(
      'ortolan_batches_total',
      'Batches sent to workers, by the reason for which they left and the width of the session.',
      ['model', 'version', 'reason', 'width'],
    ),
    batchRows: histogram('ortolan_batch_rows', 'Rows of a batch.', ['model', 'version'], ROW_BUCKETS),
    batchDuration: histogram(
      'ortolan_batch_duration_seconds',
      'Duration of a batch on its worker: decode, run and postprocessing.',
      ['model', 'version'],
      STAGE_BUCKETS,
    ),
    droppedRows: counter(
      'ortolan_dropped_rows_total',
      'Accepted rows that were never run: their client had left, their deadline had passed, or they would have been late.',
      ['model', 'version', 'stage', 'reason'],
    ),
    refusedRequests: counter(
      'ortolan_refused_requests_total',
      'Requests refused by admission: at the headers, before the body was read, or when their work was known.',
      ['model', 'version', 'stage', 'code'],
    ),
    batchCap: gauge(
      'ortolan_batch_cap_rows',
      'Rows of the largest batch that pays and fits the latency objective, as measured.',
      ['model', 'version'],
    ),
    runCost: gauge(
      'ortolan_run_cost_seconds',
      'Expected duration of a run, by rows of the batch and width of the session.',
      ['model', 'version', 'rows', 'width'],
    ),
    forecastWait: gauge(
      'ortolan_forecast_wait_seconds',
      'How long a request that came now would wait for a worker.',
      ['model', 'version'],
    ),
    forecastError: gauge(
      'ortolan_forecast_error_ratio',
      'What the 99th percentile of recent requests took over what was forecast for it; admission allows for that.',
      ['model', 'version'],
    ),
    wastedRows: counter(
      'ortolan_wasted_rows_total',
      'Rows that were run although nobody waited for them any more.',
      ['model', 'version'],
    ),
    predictedClasses: counter(
      'ortolan_predicted_classes_total',
      'Most probable class of answered images; classes beyond the first 50 seen of a model count as other.',
      ['model', 'version', 'class'],
    ),
    confidence: histogram(
      'ortolan_prediction_confidence_ratio',
      'Probability of the most probable class.',
      ['model', 'version'],
      CONFIDENCE_BUCKETS,
    ),
    modelReady: gauge('ortolan_model_ready', 'Whether a model version can be used: 1 or 0.', [
      'model',
      'version',
    ]),
    modelInfo: gauge('ortolan_model_info', 'Always 1; says which execution provider runs a model version.', [
      'model',
      'version',
      'provider',
    ]),
    modelLoad: gauge('ortolan_model_load_seconds', 'How long a model version took to load and warm up.', [
      'model',
      'version',
    ]),
    workers: gauge('ortolan_workers', 'Worker threads, by state.', ['state']),
    saturation: gauge(
      'ortolan_saturation_ratio',
      'Predicted worker time of the requests that arrived, taken or refused for want of capacity, over the worker time there is: a mean of about the last 30 s. Above 1 the server must refuse.',
      [],
    ),
    offeredWork: counter(
      'ortolan_offered_work_seconds_total',
      'Predicted worker time of requests that arrived, accepted or refused for want of capacity, in batches of the size that pays.',
      ['outcome'],
    ),
    workerBusy: counter(
      'ortolan_worker_busy_seconds_total',
      'Time that workers have spent on batches: decode, run and postprocessing. A wide run counts once, although it has all cores.',
      [],
    ),
    workerDeaths: counter('ortolan_worker_deaths_total', 'Worker threads that died.', []),
    workerRestarts: counter('ortolan_worker_restarts_total', 'Worker threads that were replaced.', []),
    traceSpansExported: counter(
      'ortolan_trace_spans_exported_total',
      'Spans that the receiver of traces has taken.',
      [],
    ),
    traceSpansDropped: counter(
      'ortolan_trace_spans_dropped_total',
      'Spans of traces that were lost: the receiver refused them, or had not taken them when their queue was full or the server stopped.',
      [],
    ),
    diskBytes: counter(
      'ortolan_process_disk_bytes_total',
      'Bytes that the process caused to be read from or written to disks.',
      ['direction'],
    ),
    networkBytes: counter(
      'ortolan_network_bytes_total',
      'Bytes that crossed the network interfaces of the process’s network namespace, loopback left out.',
      ['direction'],
    ),
    buildInfo: gauge('ortolan_build_info', 'Always 1; versions of the server and of Node.', [
      'version',
      'node',
    ]),
  };
  const models = new ModelTable(metrics);
  if (compat === 'triton') for (const metric of tritonMetrics(models)) registered(metric);
  /** Removes every series of a model version that is not served any more. Its last event has to be over. */
  const removeVersion = (labels: { readonly model: string; readonly version: string }): void => {
    for (const metric of byVersion) metric.remove(labels);
    models.remove(labels);
  };
  return { ...metrics, models, removeVersion };
}
