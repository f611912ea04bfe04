/** Models and exchanges for the tests of this protocol. */
import type { Exchange } from '../../../src/http/exchange.ts';
import type { HealthFacts } from '../../../src/protocol/health.ts';
import type { OipParts } from '../../../src/protocol/oip/facts.ts';
import { Catalogue } from '../../../src/serving/catalogue.ts';
import { ModelVersion, type Signature } from '../../../src/serving/model-version.ts';
import { createMetrics } from '../../../src/telemetry/metrics/metrics.ts';
import { route } from '../../../src/traffic/route.ts';
import { exchangeOf } from '../../http/fixtures/exchange.ts';
import { fakeQueue } from '../../support/fake-queue.ts';
import { FakeCosts } from '../../support/fake-costs.ts';

export const SIGNATURE = {
  provider: 'cpu',
  inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 4] }],
  outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 2] }],
  maxBatchSize: 8,
  joins: { rows: true },
} as const satisfies Signature;

export function versionOf(name: string, version: string, signature?: Signature): ModelVersion {
  const settings = { name, version, description: undefined, preprocess: undefined, labels: undefined };
  const none = { classifies: false, softmax: false, onDemand: false };
  const made = new ModelVersion({
    ...settings,
    ...none,
    versionLabels: version === '2' ? ['new'] : [],
    sloMs: 200,
  });
  if (signature !== undefined)
    made.ready(signature, fakeQueue({ costs: new FakeCosts({ cap: 4 }).asCostModel }));
  return made;
}

/** The model iris with two versions, of which 1 is the default; and the model late, which is not loaded. */
export function partsOf(facts: Partial<HealthFacts> = {}) {
  const catalogue = new Catalogue();
  const first = versionOf('iris', '1', SIGNATURE);
  for (const version of [first, versionOf('iris', '2', SIGNATURE), versionOf('late', '1')]) {
    catalogue.add(version, '1');
  }
  const metrics = createMetrics();
  const health: HealthFacts = {
    state: 'ready',
    defaultModel: first,
    models: catalogue.versions,
    warnings: [],
    workersAlive: 2,
    workers: 2,
    poolHealthy: true,
    wedged: false,
    ...facts,
  };
  const parts: OipParts = {
    oip: {
      wanted: () => false,
      catalogue,
      find: (name, version) => route(catalogue, name, version).version,
      seriesOf: (labels) => metrics.models.find(labels),
      workers: 2,
    },
    health: () => health,
  };
  return { parts, metrics, catalogue };
}

/** Status and JSON of the answer. */
export function answered(
  handle: (exchange: Exchange, parts: OipParts) => unknown,
  parts: OipParts,
  ...parameters: string[]
) {
  const { exchange, response } = exchangeOf([], {}, 'GET', { parameters });
  try {
    void handle(exchange, parts);
  } catch (error) {
    exchange.fail(error);
  }
  return { status: response.status, body: JSON.parse(response.body!) as Record<string, unknown> };
}
