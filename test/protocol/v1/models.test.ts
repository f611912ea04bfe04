import t from 'tap';
import type { CostModel } from '../../../src/cost/cost-model.ts';
import { describeModel, listModels, type ModelsFacts } from '../../../src/protocol/v1/models.ts';
import { Catalogue } from '../../../src/serving/catalogue.ts';
import { exchangeOf } from '../../http/fixtures/exchange.ts';
import { fakeQueue } from '../../support/fake-queue.ts';
import { classifier, lateClassifier, rows, SLO_MS, version } from '../../http/fixtures/stages.ts';

/** The measured costs of the classifier. */
const costs = {
  cap: 4,
  tail: 1.25,
  typicalDecodeMs: 1.23456,
  buckets: [
    { rows: 4, width: 'narrow', meanMs: 20.00049, observed: 7 },
    { rows: 1, width: 'wide', meanMs: 4, observed: 0 },
  ],
} as unknown as CostModel;
const queue = fakeQueue({ costs, forecast: () => ({ startsInMs: 12.5, finishesInMs: 20, error: 1.2 }) });

/** A classifier, a model of rows, and one that is not loaded yet. */
function factsOf(): ModelsFacts {
  const catalogue = new Catalogue();
  for (const each of [classifier(), rows()]) {
    each.ready(each.signature!, queue);
    catalogue.add(each, '1');
  }
  catalogue.add(version('late', undefined), '1');
  return { catalogue, defaultModel: 'rows' };
}
const facts = factsOf();

t.test('all models are listed, and the default is marked', async (t) => {
  const { exchange, response } = exchangeOf([], {}, 'GET');
  listModels(exchange, facts);
  t.match(JSON.parse(response.body!), {
    default: 'rows',
    models: [{ name: 'classifier' }, { name: 'rows' }, { name: 'late' }],
  });
});

t.test('a model lists its inputs and outputs, with an open batch dimension', async (t) => {
  const { exchange, response } = exchangeOf([], {}, 'GET', { parameters: ['rows'] });
  describeModel(exchange, facts);
  t.match(JSON.parse(response.body!), {
    name: 'rows',
    default_version: '1',
    versions: [
      {
        version: '1',
        labels: [],
        state: 'ready',
        takes: 'rows',
        provider: 'cpu',
        max_batch_size: 2,
        inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 4] }],
        outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 4] }],
      },
    ],
  });
});

t.test('a version with measured costs shows batch times and derived values', async (t) => {
  const { exchange, response } = exchangeOf([], {}, 'GET', { parameters: ['classifier'] });
  describeModel(exchange, facts);
  const { versions } = JSON.parse(response.body!) as { versions: { cost: unknown }[] };
  t.strictSame(versions[0]!.cost, {
    slo_p99_ms: SLO_MS,
    batch_cap: 4,
    decode_ms: 1.235,
    tail_ratio: 1.25,
    forecast_wait_ms: 12.5,
    forecast_error_ratio: 1.2,
    runs: [
      { rows: 4, width: 'narrow', mean_ms: 20, p99_ms: 25.001, observed: 7 },
      { rows: 1, width: 'wide', mean_ms: 4, p99_ms: 5, observed: 0 },
    ],
  });
});

t.test('a model that takes rows has no time for decoding', async (t) => {
  const { exchange, response } = exchangeOf([], {}, 'GET', { parameters: ['rows'] });
  describeModel(exchange, facts);
  const { versions } = JSON.parse(response.body!) as { versions: { cost: object }[] };
  t.notOk('decode_ms' in versions[0]!.cost);
  t.ok('runs' in versions[0]!.cost);
});

t.test('a model that is not loaded yet is shown as waiting', async (t) => {
  const { exchange, response } = exchangeOf([], {}, 'GET', { parameters: ['late'] });
  describeModel(exchange, facts);
  t.match(JSON.parse(response.body!), { versions: [{ state: 'waiting' }] });
});

t.test('a model that does not exist is not described', async (t) => {
  const { exchange } = exchangeOf([], {}, 'GET', { parameters: ['nope'] });
  t.throws(() => describeModel(exchange, facts), { code: 'MODEL_NOT_FOUND', status: 404 });
});

t.test('a model says whether it stays in memory, and what it takes there while it is loaded', async (t) => {
  const catalogue = new Catalogue();
  const [pinned, onDemand] = [rows(), lateClassifier()];
  pinned.ready(pinned.signature!, queue);
  pinned.memoryBytes = 4096;
  for (const each of [pinned, onDemand]) catalogue.add(each, '1');
  const { exchange, response } = exchangeOf([], {}, 'GET');
  listModels(exchange, { catalogue, defaultModel: 'rows' });
  const { models } = JSON.parse(response.body!) as { models: { versions: Record<string, unknown>[] }[] };
  t.match(models[0]!.versions, [{ state: 'ready', residency: 'pinned', memory_bytes: 4096 }]);
  t.match(models[1]!.versions, [{ state: 'waiting', residency: 'on-demand', memory_bytes: undefined }]);
});
