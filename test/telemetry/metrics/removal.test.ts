import t from 'tap';
import { ServingError } from '../../../src/errors.ts';
import { Events } from '../../../src/telemetry/events/events.ts';
import { createLog } from '../../../src/telemetry/log/log.ts';
import type { FeedbackGauges } from '../../../src/telemetry/metrics/accuracy-gauges.ts';
import type { DriftCounts } from '../../../src/telemetry/metrics/drift-counts.ts';
import { exposition } from '../../../src/telemetry/metrics/exposition.ts';
import { setGauges } from '../../../src/telemetry/metrics/gauges.ts';
import { createMetrics, type Metrics } from '../../../src/telemetry/metrics/metrics.ts';
import { recordTelemetry, samplesOf } from '../../support/telemetry.ts';

const END = {
  requestId: 'r',
  method: 'POST',
  route: '/v1/predict',
  quiet: false,
  ms: 12,
  traceId: undefined,
};
const STAGES = { read: 0, queue: 0, decode: 1, infer: 8, post: 0 };

interface Version {
  readonly model: string;
  readonly version: string;
}

/** Everything that sets a series of a model version. */
function use(events: Events, metrics: Metrics, labels: Version): void {
  events.models.loading(labels);
  events.models.ready(labels, 'cpu', 100, undefined);
  events.models.rewritten(labels, { applied: ['pixel-input'] });
  events.models.deviceLost(labels, 'webgpu', 'Its driver is gone.');
  events.models.measured(labels, 4096);
  events.models.untrusted(labels, 'missing', 'It is not signed.');
  events.models.evicted(labels, 4096, { model: 'other', version: '1' });
  events.batches.dispatched(labels, 4, 'full', 'wide');
  events.batches.done(labels, 1, { decodeMs: 0, inferMs: 20, postMs: 0 });
  events.batches.rowsDropped(labels, 3, 'queue', 'expired');
  events.batches.rowsWasted(labels, 2);
  events.cache.looked(labels, 'hit', 1);
  events.demand.refused(labels, 'headers', 'OVERLOADED');
  useTraffic(events, labels);
  events.feedback.accepted({ ...labels, route: 'split', correct: true, more: false });
  useDrift(events, labels);
  useFeatures(events, labels);
  const best = [{ label: 'tiger cat', probability: 0.5 }];
  events.requests.answered(END, 200, 1, { ...labels, succeeded: 1, failed: 0, stages: STAGES, best });
  events.predictions.explained(labels, 'done', 49);
  events.requests.failed(END, new ServingError('IMAGE_CORRUPT', 'Corrupt.'), 1, labels);
  const costs = { cap: 4, waitMs: 30, error: 1.5, runs: [{ rows: 1, width: 'wide', meanMs: 8 }] };
  const models = [{ ...labels, queuedRows: 5, costs }];
  const shared = { inFlightBytes: 0, inFlightBytesLimit: 9, saturation: 1, workers: ['ready'] };
  setGauges(metrics, { ...shared, models, feedback: feedbackOn([STAYS, labels]), drift: [countsOf(labels)] });
}

const STAYS = { model: 'stays', version: '1' };

/** Gauges of accuracy are of what is served at each scrape. */
const feedbackOn = (versions: readonly Version[]): FeedbackGauges => ({
  ...{ logBytes: 1, logBytesLimit: 2, indexBytes: 3 },
  accuracy: versions.map((labels) => ({
    ...labels,
    ...{ route: 'split', n: 2, correct: 1, low: 0.1, high: 0.9, calibrationError: 0.2 },
  })),
  confusions: versions.map((labels) => ({ ...labels, predicted: 'cat', actual: 'dog', count: 1 })),
});

function useFeatures({ features }: Events, labels: Version): void {
  features.opened(labels, ['trips']);
  features.called(labels, 'ok', 3, 2);
  const ages = new Map([['trips', 60_000]]);
  features.filled(labels, {
    defaulted: [{ feature: 'trips', rows: [0] }],
    counts: new Map([['missing', 1]]),
    ages,
  });
  features.lacking(labels, 'FEATURES_MISSING');
}

function useDrift({ drift }: Events, labels: Version): void {
  drift.begun(labels, { rows: 200, window: 50, falseAlarmEvery: 100 });
  const threshold = { value: 0.2, psi: 0.1 };
  drift.judged(labels, [{ name: 'luminance', value: 0.3, psi: 0.4, threshold, beyond: true }]);
}

const countsOf = (labels: Version): DriftCounts => ({
  labels,
  numbers: [{ feature: 'luminance', upTo: ['1', '+Inf'], rows: [1, 2], reference: [0.5, 1] }],
  classes: [{ feature: 'class', values: ['3', 'other'], rows: [1, 1], reference: [0.5, 0.5] }],
});

function useTraffic({ traffic }: Events, labels: Version): void {
  traffic.routed(labels, 'split');
  traffic.share(labels, 0.1);
  traffic.copyCompared(labels, '1', { agrees: true, difference: 0, ms: 1 });
  traffic.copyDropped(labels, 'late');
  traffic.judged(labels, { verdict: 'pass', n: 1, checks: [] });
  traffic.rolledBack(labels, '1', 'too many errors');
}

const seriesOf = async (metrics: Metrics): Promise<string[]> =>
  [...samplesOf((await exposition(metrics, '')).body).keys()].filter(
    (name) => !/^(process|nodejs)_/.test(name),
  );

function server() {
  const metrics = createMetrics('triton');
  return {
    metrics,
    events: new Events(createLog({ level: 'CRITICAL', write: () => {} }), metrics, {
      logSample: 1,
      logMaxPerSecond: Infinity,
    }),
  };
}

t.test('the series are unchanged after a thousand versions are added and removed', async (t) => {
  const { metrics, events } = server();
  use(events, metrics, STAYS);
  const before = await seriesOf(metrics);
  for (let version = 1; version <= 1000; version++) {
    const labels = { model: version % 2 === 0 ? 'stays' : 'comes', version: `v${version}` };
    use(events, metrics, labels);
    events.models.removed(labels);
  }
  t.strictSame(await seriesOf(metrics), before);
});

t.test('these tests set a series of every metric by model version', async (t) => {
  const { metrics, events } = server();
  use(events, metrics, { model: 'tiny', version: '1' });
  const series = await seriesOf(metrics);
  for (const { name, labelNames } of metrics.registry.getMetricsAsArray() as unknown as Named[]) {
    // Those of a model alone stay as long as it has a place on disk.
    if (!['model', 'version'].every((label) => labelNames.includes(label))) continue;
    t.ok(
      series.some((line) => line.startsWith(name) && line.includes('model="tiny",version="1"')),
      name,
    );
  }
});

interface Named {
  readonly name: string;
  readonly labelNames: readonly string[];
}

t.test('another version of the model keeps its series', async (t) => {
  const { events, metrics, value } = recordTelemetry('CRITICAL');
  for (const version of ['1', '11']) use(events, metrics, { model: 'tiny', version });
  events.models.removed({ model: 'tiny', version: '1' });
  t.equal(await value('ortolan_model_ready{model="tiny",version="1"}'), undefined);
  t.equal(await value('ortolan_model_ready{model="tiny",version="11"}'), 1);
  t.equal(await value('predictions_total{model="tiny",version="11",status="success"}'), 1);
});

t.test('a version that is loaded again starts at zero', async (t) => {
  const { events, metrics, value } = recordTelemetry('CRITICAL');
  const labels = { model: 'tiny', version: '1' };
  use(events, metrics, labels);
  events.models.removed(labels);
  events.models.ready(labels, 'cpu', 100, undefined);
  t.equal(await value('predictions_total{model="tiny",version="1",status="success"}'), 0);
  t.equal(await value('prediction_duration_seconds_count{model="tiny",version="1"}'), 0);
});

t.test('a model that is loaded again labels its first fifty classes again', async (t) => {
  const { models, predictedClasses, removeVersion } = createMetrics();
  const labels = { model: 'tiny', version: '1' };
  for (let index = 0; index < 50; index++) models.of(labels).predicted(`old ${index}`);
  removeVersion(labels);
  models.of(labels).predicted('new');
  t.strictSame(
    (await predictedClasses.get()).values.map(({ labels }) => labels['class']),
    ['new'],
  );
});

t.test('the removal writes one log line', async (t) => {
  const { events, lines } = recordTelemetry();
  events.models.removed({ model: 'tiny', version: '1' });
  t.match(lines, [{ level: 'INFO', message: 'model removed', model: 'tiny', version: '1' }]);
});
