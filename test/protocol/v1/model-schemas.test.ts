import t from 'tap';
import { CostModel } from '../../../src/cost/cost-model.ts';
import { reportOf } from '../../../src/gate/gate.ts';
import { Model, ModelList } from '../../../src/protocol/v1/model-schemas.ts';
import { describeModel, listModels } from '../../../src/protocol/v1/models.ts';
import { Catalogue } from '../../../src/serving/catalogue.ts';
import { ModelVersion } from '../../../src/serving/model-version.ts';
import { fakeQueue } from '../../support/fake-queue.ts';
import { answerOf, fits } from '../conformance.ts';

const versionOf = (version: string): ModelVersion =>
  new ModelVersion({
    name: 'm',
    version,
    description: version === '1' ? 'A model.' : undefined,
    preprocess: undefined,
    labels: undefined,
    classifies: false,
    softmax: false,
    onDemand: false,
    versionLabels: ['stable'],
    sloMs: 200,
  });
/** The measured costs of a version that has run once. */
const costs = new CostModel({
  warmUp: [
    { rows: 1, width: 'narrow', ms: 8 },
    { rows: 1, width: 'wide', ms: 5 },
  ],
  maxBatchSize: 8,
  sloMs: 200,
  resize: 256,
});
costs.observe({ rows: 1, width: 'narrow', payloads: [], decodeMsOf: [], inferMs: 8.5, postMs: 0.1 });

const tensor = { name: 'x', datatype: 'FP32', shape: [4] } as const;
const loaded = versionOf('1');
const signature = {
  provider: 'cpu',
  inputs: [tensor],
  outputs: [tensor],
  maxBatchSize: 8,
  joins: { rows: true },
};
loaded.ready(signature, fakeQueue({ costs }));
const broken = versionOf('2');
broken.unavailable('The file is not a model.');
const catalogue = new Catalogue();
for (const version of [loaded, broken, versionOf('3')]) catalogue.add(version, '1');

t.test('the lists of models conform to their schemas, in every state of a version', async (t) => {
  const facts = { catalogue, defaultModel: 'm' };
  const list = answerOf((exchange) => listModels(exchange, facts));
  fits(t, ModelList, list);
  fits(
    t,
    Model,
    answerOf((exchange) => describeModel(exchange, facts)),
  );
  t.match(list, /"cost"/);
});

t.test('the costs of a model for images conform to the schema', async (t) => {
  const images = new ModelVersion({
    ...loaded.settings,
    preprocess: { resize: 8, crop: 8, filter: 'bicubic' },
  });
  images.ready(signature, fakeQueue({ costs }));
  const only = new Catalogue();
  only.add(images, '1');
  const model = answerOf((exchange) => describeModel(exchange, { catalogue: only, defaultModel: 'm' }));
  fits(t, Model, model);
  t.match(JSON.parse(model), { versions: [{ cost: { decode_ms: Number } }] });
});

t.test('the report of a version conforms to the schema, with the classes that changed most', async (t) => {
  const side = { name: 'm', version: '1', sha256: 'a'.repeat(64), bytes: 1000, msPerRow: 2 };
  const report = reportOf({
    answers: Array.from({ length: 100 }, (_, index) => ({
      label: index % 10,
      champion: index % 10,
      challenger: index < 20 ? 0 : index % 10,
    })),
    champion: side,
    challenger: { ...side, version: '2', bytes: 300, msPerRow: 1 },
    asked: {},
    examples: { kind: 'rows', sha256: 'b'.repeat(64) },
    machine: { processor: 'a processor', architecture: 'x64' },
    labels: Array.from({ length: 10 }, (_, index) => `digit ${index}`),
    made: { how: 'int8', from: '1' },
    madeAt: '2026-01-02T03:04:05.000Z',
  });
  const only = new Catalogue();
  only.add(new ModelVersion({ ...loaded.settings, report }), '1');
  const model = answerOf((exchange) => describeModel(exchange, { catalogue: only, defaultModel: 'm' }));
  fits(t, Model, model);
  const { versions } = JSON.parse(model) as { versions: { report: { classes: unknown[] } }[] };
  t.match(versions[0]!.report, {
    made_by: 'int8',
    passed: false,
    agreement: { n: 100, share: 0.82 },
    accuracy: { champion: { share: 1 }, challenger: { share: 0.82 } },
    bytes_before: 1000,
    classes: [{ class_id: 1, label: 'digit 1', accuracy: { challenger: { share: 0.8 } } }],
  });
  t.equal(versions[0]!.report.classes.length, 5);
});
