import t, { type Test } from 'tap';
import { CostModel } from '../../../src/cost/cost-model.ts';
import { ERRORS, ServingError, type ErrorCode } from '../../../src/errors.ts';
import type { Answer } from '../../../src/protocol/v1/codec/answer.ts';
import { encodeError } from '../../../src/http/error-body.ts';
import { decodeJsonImages } from '../../../src/protocol/v1/codec/json.ts';
import { encodeJsonTensors } from '../../../src/protocol/v1/codec/outputs.ts';
import { encodeOne, encodeSeveral } from '../../../src/protocol/v1/codec/predictions.ts';
import { decodeJsonTensors } from '../../../src/protocol/v1/codec/tensors.ts';
import type { Answer as Answered, Exchange } from '../../../src/http/exchange.ts';
import { showBatches } from '../../../src/protocol/ops/batches.ts';
import { health, live, ready, startup, type HealthFacts } from '../../../src/protocol/ops/health.ts';
import { showLive, type LiveFacts } from '../../../src/protocol/ops/live.ts';
import { describeModel, listModels } from '../../../src/protocol/v1/models.ts';
import { Live } from '../../../src/site/openapi/live.ts';
import { Batches } from '../../../src/site/openapi/scheduling.ts';
import * as schemas from '../../../src/site/openapi/schemas.ts';
import { ModelVersion } from '../../../src/serving/model-version.ts';
import type { Footprint } from '../../../src/scheduler/trail.ts';
import { closed, faultsOf } from './conformance.ts';

const answer: Answer = {
  requestId: 'r-1',
  model: { name: 'm', version: '1' },
  timings: { read: 0.4, queue: 0, decode: 1.2, infer: 8.4, post: 0.1, total: 10.1 },
  batch: { size: 2, reason: 'idle', width: 'wide' },
};
const scores = { classes: [1, 0], probabilities: [0.75, 0.25] };

/** Nothing is missing, wrong or unknown to the schema. */
const fits = (t: Test, schema: object, json: string): void => {
  t.strictSame(faultsOf(closed(schema), JSON.parse(json)), []);
};

t.test('the answer to one image is what the schema says, with labels and without', async (t) => {
  fits(t, schemas.ImageAnswer, encodeOne(answer, ['cat', 'dog'], scores));
  fits(t, schemas.ImageAnswer, encodeOne(answer, undefined, scores));
});

t.test('the answer to several images is what the schema says, failed ones included', async (t) => {
  const failure = { code: 'NOT_AN_IMAGE', detail: 'No image.' } as const;
  fits(t, schemas.ImagesAnswer, encodeSeveral(answer, undefined, [scores, failure]));
});

t.test('the answer to rows is what the schema says', async (t) => {
  const specs = [
    { name: 'y', datatype: 'FP32', shape: [2] },
    { name: 'z', datatype: 'BOOL', shape: [] },
  ] as const;
  const buffers = [Float32Array.of(1, 2, NaN, 4).buffer, Uint8Array.of(1, 0).buffer];
  fits(t, schemas.RowsAnswer, encodeJsonTensors(answer, specs, buffers, 2));
});

t.test('an error is what the schema says, whatever its code', async (t) => {
  for (const code of Object.keys(ERRORS) as ErrorCode[]) {
    fits(t, schemas.ErrorAnswer, encodeError(new ServingError(code, 'A sentence.'), 'r-1'));
  }
  fits(t, schemas.ErrorAnswer, encodeError(new ServingError('BAD_FIELD', 'No.', { pointer: '/a' }), 'r-1'));
});

t.test('an answer that lacks a member, or has one too many, does not fit its schema', async (t) => {
  const { timings_ms: _, ...less } = JSON.parse(encodeOne(answer, undefined, scores)) as Record<
    string,
    unknown
  >;
  t.not(faultsOf(closed(schemas.ImageAnswer), less).length, 0);
  const more = { ...(JSON.parse(encodeOne(answer, undefined, scores)) as object), extra: 1 };
  t.not(faultsOf(closed(schemas.ImageAnswer), more).length, 0);
});

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

/** What a handler answers. */
function answerOf(handle: (exchange: Exchange) => void): string {
  let body = '';
  handle({
    head: { parameters: ['m'], query: '' },
    answer: (answered: Answered) => {
      body = String(answered.body);
    },
  } as unknown as Exchange);
  return body;
}

t.test('the lists of models are what the schemas say, in every state of a version', async (t) => {
  for (const known of [undefined, { costs, startsInMs: 3.5, error: 1.2 }]) {
    const facts = { models, defaultModel: 'm', defaultVersionOf: () => '1', costsOf: () => known };
    const list = answerOf((exchange) => listModels(exchange, facts));
    fits(t, schemas.ModelList, list);
    fits(
      t,
      schemas.Model,
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
  fits(t, schemas.Model, model);
  t.match(JSON.parse(model), { versions: [{ cost: { decode_ms: Number } }] });
});

const running: Footprint = {
  at: 5,
  model: 'm',
  version: '1',
  worker: 0,
  rows: 2,
  width: 'narrow',
  reason: 'prefetch',
  left: 3,
  waitedMs: 1.5,
  predictedMs: 9.25,
  outcome: undefined,
  decodeMs: undefined,
  inferMs: undefined,
};

t.test('the last batches are what the schema says, whatever became of them', async (t) => {
  const batches = [
    running,
    { ...running, outcome: 'done', decodeMs: 1.5, inferMs: 8 },
    ...['failure', 'cancelled', 'died'].map((outcome) => ({ ...running, outcome })),
  ];
  fits(
    t,
    Batches,
    answerOf((exchange) => showBatches(exchange, batches, 12)),
  );
});

t.test('what happens now is what the schema says, after a busy minute and after a quiet one', async (t) => {
  const answered = Array.from({ length: 60 }, (_, i) => i);
  const facts: LiveFacts = {
    uptimeMs: 61_234.5,
    minute: { answered, failed: 3, p50Ms: 8.25, p99Ms: 30.5 },
    models: models.map(({ name, version, state }) => ({ name, version, state, queuedRows: 2 })),
    workers: [
      { state: 'ready', busy: true },
      { state: 'dead', busy: false },
    ],
  };
  const quiet = { ...facts, minute: { ...facts.minute, p50Ms: undefined, p99Ms: undefined } };
  for (const one of [facts, quiet]) {
    fits(
      t,
      Live,
      answerOf((exchange) => showLive(exchange, one)),
    );
  }
});

t.test('health is what the schemas say, in every state of the server', async (t) => {
  for (const state of ['starting', 'ready', 'draining', 'closing', 'stopped'] as const) {
    for (const wedged of [false, true]) {
      const facts: HealthFacts = {
        state,
        defaultModel: loaded,
        models,
        workersAlive: 2,
        workers: 2,
        poolHealthy: true,
        wedged,
      };
      fits(
        t,
        schemas.Health,
        answerOf((exchange) => health(exchange, facts)),
      );
      fits(
        t,
        schemas.Liveness,
        answerOf((exchange) => live(exchange, facts)),
      );
      fits(
        t,
        schemas.Readiness,
        answerOf((exchange) => ready(exchange, facts)),
      );
      fits(
        t,
        schemas.Startup,
        answerOf((exchange) => startup(exchange, facts)),
      );
    }
  }
});

const accepted = (decode: () => unknown): boolean => {
  try {
    decode();
    return true;
  } catch {
    return false;
  }
};

t.test('the schema of a body with images takes what the codec takes, and nothing else', async (t) => {
  const bodies = [
    { image: 'QUJD' },
    { image: 'QUJD', top_k: 3 },
    { url: 'https://example.org/a.jpg' },
    { images: ['QUJD', 'https://example.org/a.jpg'] },
    {},
    { top_k: 1 },
    { image: 'QUJD', url: 'https://example.org/a.jpg' },
    { image: 'QUJD', images: ['QUJD'] },
    { image: 1 },
    { image: 'QUJD', top_k: 0 },
    { image: 'QUJD', top_k: 1.5 },
    { image: 'QUJD', other: 1 },
    { url: '' },
    ['QUJD'],
  ];
  for (const body of bodies) {
    const text = JSON.stringify(body);
    const taken = accepted(() => decodeJsonImages(Buffer.from(text), { maxImages: 3, classes: 10 }));
    t.equal(faultsOf(schemas.ImagesBody, body).length === 0, taken, text);
  }
});

t.test(
  'the schema of a body with rows takes what the codec takes, as far as it does not know the model',
  async (t) => {
    const bodies = [
      { inputs: { x: [[1, 2, 3, 4]] } },
      { inputs: { x: [] } },
      { inputs: {} },
      { inputs: { x: 1 } },
      { inputs: [[1, 2, 3, 4]] },
      { x: [[1, 2, 3, 4]] },
      { inputs: { x: [[1, 2, 3, 4]] }, top_k: 1 },
    ];
    for (const body of bodies) {
      const text = JSON.stringify(body);
      const taken = accepted(() => decodeJsonTensors(Buffer.from(text), [tensor]));
      t.equal(faultsOf(schemas.RowsBody, body).length === 0, taken, text);
    }
  },
);
