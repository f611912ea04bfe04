/** Models of every tensor type and odd shape: each gives onnxruntime's answers, and rows are joined only where they may be. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Session } from '../../workers/session.ts';
import { failureOfRun } from '../../workers/batch/run-failure.ts';
import { valueOf } from '../../workers/values.ts';
import { oddModel, oddModels, type OddModel, type OddRun } from '../support/odd-models.ts';
import { loadTask } from '../support/test-pool.ts';

async function open(t: Test, { files }: OddModel) {
  const folder = join(t.testdir(), '1');
  mkdirSync(folder);
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
  const session = await Session.create(loadTask(join(folder, 'model.onnx'), { config: {} }));
  if (!('code' in session)) t.teardown(() => session.release());
  return session;
}

async function opened(t: Test, name: string): Promise<Session> {
  const session = await open(t, oddModel(name));
  if ('code' in session) throw new Error(session.detail);
  return session;
}

/** Shape and bytes of each output, or the failure. */
const answerOf = (session: Session, { inputs }: OddRun): Promise<unknown> =>
  session
    .run(inputs.map(({ datatype, shape, data }) => valueOf(datatype, shape, data)))
    .then((outputs) => outputs.map(({ shape, data }) => [shape.join(), Buffer.from(data).toString('hex')]))
    .catch((error: unknown) => failureOfRun(error).code);

for (const model of oddModels.filter(({ refused, runs }) => refused === undefined && runs.length > 0)) {
  t.test(`${model.name} (${model.about}) gives the answers of onnxruntime`, async (t) => {
    const session = await open(t, model);
    if ('code' in session) {
      // Served where model.json leaves out what is no tensor.
      return t.match(session.detail, /is a sequence or a map/);
    }
    for (const run of model.runs) {
      const expected = run.outputs?.map(({ shape, data }) => [
        shape.join(),
        Buffer.from(data).toString('hex'),
      ]);
      const right = expected ?? 'RUN_FAILED';
      t.strictSame(await answerOf(session, run), right);
    }
  });
}

/** What onnxruntime does not load, or no tensor. */
const unavailable: readonly (readonly [name: string, reason: RegExp])[] = [
  ['identity-bfloat16', /BF16|bfloat16/i],
  ['identity-float8', /float ?8/i],
  ['sequence-output', /output .* is a sequence or a map/],
  ['sequence-input', /input parts is a sequence/],
  ['zip-map', /zipmap/],
  ['opset-too-new', /opset/i],
];
for (const [name, reason] of unavailable) {
  t.test(`${name} is unavailable with a sentence`, async (t) => {
    t.match(await open(t, oddModel(name)), { code: 'MODEL_UNAVAILABLE', detail: reason });
  });
}

const joined = [
  'identity-float32',
  'identity-string',
  'dynamic-axes',
  'picture',
  'several',
  'gather',
  'identity-float16',
];
const alone: Readonly<Record<string, RegExp>> = {
  'less-mean': /a row gives another y in a batch than alone/,
  'softmax-rows': /another y in a batch/,
  'time-first': /batch|shape/,
  'dynamic-quantised': /another y in a batch/,
  'rarely-dependent': /another y in a batch/,
  'running-sum': /another y in a batch/,
  reversed: /another y in a batch/,
  'rows-multiplied': /shape \[4,.*\] for two rows/,
  'scalar-input': /input .* is a scalar/,
  state: /first axis of input .* is fixed at 2/,
  'fixed-batch-4': /fixed at 4/,
  noise: /another/,
};

t.test(
  'rows of different requests are joined where a row gives in a batch what it gives alone',
  async (t) => {
    for (const name of joined) t.strictSame((await opened(t, name)).report.joins, { rows: true }, name);
  },
);

for (const [name, reason] of Object.entries(alone)) {
  t.test(`requests to ${name} run by themselves, with the reason`, async (t) => {
    const { joins, maxBatchSize } = (await opened(t, name)).report;
    t.match(joins, { rows: false, reason });
    t.equal(maxBatchSize, 1);
  });
}
