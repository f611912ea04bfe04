/** What the plan of this protocol hands to the pipeline. */
import t from 'tap';
import { planOf } from '../../../src/protocol/oip/infer-plan.ts';
import { predict } from '../../../src/task/predict.ts';
import { exchangeOf } from '../../http/fixtures/exchange.ts';
import { classifier, done, rows, stagesOf, type Situation } from '../../http/fixtures/stages.ts';
import type { ModelVersion } from '../../../src/serving/model-version.ts';
import type { EntryOutcome } from '../../../src/batcher/entry.ts';

const PIXEL = 'UklGRh4AAABXRUJQVlA4TBEAAAAvAAAAAAdQ1RL1rv+BiOh/AAA=';
const ROWS = { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 4], data: [1, 2, 3, 4] }] };
const images = (count: number): object => ({
  inputs: [
    {
      name: 'image',
      datatype: 'BYTES',
      shape: [count],
      parameters: { content_type: 'base64' },
      data: Array(count).fill(PIXEL),
    },
  ],
});

interface Given {
  readonly header?: string;
  /** Of each payload; without it the work stays queued. */
  readonly outcome?: EntryOutcome;
  /** Whether the body does not come. */
  readonly unread?: boolean;
}

/** Sends a body down the pipeline. */
async function inferred(
  model: ModelVersion,
  body: string | Buffer,
  { header, outcome, unread = false, ...situation }: Situation & Given = {},
) {
  const tested = stagesOf(model, () => outcome, situation);
  const headers = header === undefined ? [] : ([['inference-header-content-length', header]] as const);
  const length = ['content-length', String(body.length)] as const;
  const each = exchangeOf([length, ...headers]);
  const { stages } = tested;
  const over = predict(each.exchange, (version) => planOf(each.exchange.head, version, stages), stages).catch(
    (error: unknown) => each.exchange.fail(error),
  );
  if (!unread) each.response.feed(body, true);
  if (outcome !== undefined) await over;
  else for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  const { body: text } = each.response;
  return { ...tested, ...each, answer: text === undefined ? undefined : (JSON.parse(text) as unknown) };
}

t.test('a deadline in the body is passed on with the work', async (t) => {
  const body = JSON.stringify({ ...ROWS, parameters: { timeout: 250_000 } });
  const { submitted, deadlines } = await inferred(rows(), body);
  t.match(submitted, [{ kind: 'tensors', rows: 1 }]);
  t.strictSame(deadlines, [250]);
});

t.test('a deadline in the body that cannot be kept is refused before the work is queued', async (t) => {
  const body = JSON.stringify({ ...ROWS, parameters: { timeout: 5000 } });
  const forecast = (work: unknown) =>
    work === undefined ? { startsInMs: 0, finishesInMs: 1 } : { startsInMs: 50, finishesInMs: 60 };
  const { submitted, answer } = await inferred(rows(), body, { forecast });
  t.strictSame(submitted, []);
  t.match(answer, { code: 'OVERLOADED' });
});

t.test('a header length that is no number is refused before the body is read', async (t) => {
  const { answer } = await inferred(rows(), JSON.stringify(ROWS), { header: 'x', unread: true });
  t.match(answer, { code: 'BAD_HEADER' });
});

t.test('images are queued to give the outputs of the model', async (t) => {
  const { submitted } = await inferred(classifier(), JSON.stringify(images(2)));
  t.match(submitted, [
    { kind: 'image', topK: undefined },
    { kind: 'image', topK: undefined },
  ]);
  const raw = await inferred(classifier(), Buffer.from(PIXEL, 'base64'), { header: '0' });
  t.match(raw.submitted, [{ kind: 'image', topK: undefined }]);
});

t.test('an answer of images that is too large for JSON is refused before it runs', async (t) => {
  const model = classifier();
  const outputs = [{ name: 'mask', datatype: 'FP32' as const, shape: [-1, 200_000] }];
  model.ready({ ...model.signature!, outputs }, model.queue!);
  const { submitted, answer } = await inferred(model, JSON.stringify(images(2)));
  t.strictSame(submitted, []);
  t.match(answer, { code: 'BAD_SHAPE', pointer: '/outputs' });
});

t.test('more classes than the model has are all that it has', async (t) => {
  const body = JSON.stringify({ ...ROWS, outputs: [{ name: 'y', parameters: { classification: 1e9 } }] });
  const data = new Uint8Array(Float32Array.of(5, 6, 8, 7).buffer);
  const outcome = done({ kind: 'outputs', outputs: [{ shape: [1, 4], data }] });
  const { answer } = await inferred(rows(), body, { outcome });
  t.match(answer, { outputs: [{ shape: [1, 4], data: [/^8/, /^7/, /^6/, /^5/] }] });
});

t.test('a part that fails fails the request', async (t) => {
  const failure = { code: 'RUN_FAILED', detail: 'The lengths do not suit each other.' } as const;
  const { answer } = await inferred(rows(), JSON.stringify(ROWS), { outcome: { kind: 'failed', failure } });
  t.match(answer, { code: 'RUN_FAILED', error: 'The lengths do not suit each other.' });
});

t.test('the outputs of a done request are answered', async (t) => {
  const data = new Uint8Array(Float32Array.of(5, 6, 7, 8).buffer);
  const outcome = done({ kind: 'outputs', outputs: [{ shape: [1, 4], data }] });
  const { answer, response } = await inferred(rows(), JSON.stringify({ id: 'i', ...ROWS }), { outcome });
  t.strictSame(answer, {
    id: 'i',
    model_name: 'rows',
    model_version: '1',
    outputs: [{ name: 'y', datatype: 'FP32', shape: [1, 4], data: [5, 6, 7, 8] }],
  });
  t.match(response.headers.get('server-timing'), /infer;dur=/);
});
