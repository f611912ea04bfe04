import t from 'tap';
import { CostModel } from '../../../src/cost/cost-model.ts';
import { Model, ModelList } from '../../../src/protocol/v1/model-schemas.ts';
import { describeModel, listModels } from '../../../src/protocol/v1/models.ts';
import { ModelVersion } from '../../../src/serving/model-version.ts';
import { answerOf, fits } from '../conformance.ts';

const versionOf = (version: string): ModelVersion =>
  new ModelVersion({
    name: 'm',
    version,
    description: version === '1' ? 'A model.' : undefined,
    preprocess: undefined,
    labels: undefined,
    versionLabels: ['stable'],
    sloMs: 200,
  });
/** What is known of a version that has run once. */
const costs = new CostModel({
  warmUp: [
    { rows: 1, width: 'narrow', ms: 8 },
    { rows: 1, width: 'wide', ms: 5 },
  ],
  maxBatchSize: 8,
  sloMs: 200,
  resize: 256,
});
costs.observe({ rows: 1, width: 'narrow', images: [], decodeMsOf: [], inferMs: 8.5, postMs: 0.1 });

const tensor = { name: 'x', datatype: 'FP32', shape: [4] } as const;
const loaded = versionOf('1');
loaded.ready({ provider: 'cpu', inputs: [tensor], outputs: [tensor], maxBatchSize: 8 });
const broken = versionOf('2');
broken.unavailable('The file is not a model.');
const models = [loaded, broken, versionOf('3')];

t.test('the lists of models are what the schemas say, in every state of a version', async (t) => {
  for (const known of [undefined, { costs, startsInMs: 3.5, error: 1.2 }]) {
    const facts = { models, defaultModel: 'm', defaultVersionOf: () => '1', costsOf: () => known };
    const list = answerOf((exchange) => listModels(exchange, facts));
    fits(t, ModelList, list);
    fits(
      t,
      Model,
      answerOf((exchange) => describeModel(exchange, facts)),
    );
    t.equal(list.includes('"cost"'), known !== undefined);
  }
});

t.test('what a model for images costs is what the schema says', async (t) => {
  const images = new ModelVersion({
    ...loaded.settings,
    preprocess: { resize: 8, crop: 8, filter: 'bicubic' },
  });
  images.ready({ provider: 'cpu', inputs: [tensor], outputs: [tensor], maxBatchSize: 8 });
  const costsOf = () => ({ costs, startsInMs: 0, error: 1 });
  const facts = { models: [images], defaultModel: 'm', defaultVersionOf: () => '1', costsOf };
  const model = answerOf((exchange) => describeModel(exchange, facts));
  fits(t, Model, model);
  t.match(JSON.parse(model), { versions: [{ cost: { decode_ms: Number } }] });
});
