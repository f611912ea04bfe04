/** The log of predictions and feedback of a whole server: what is written, who may say what, what follows, and restarts. */
import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { plain } from './fixtures/images.ts';
import { form, FORM_TYPE } from './fixtures/forms.ts';
import { testFolder, testKey, writeKeys } from '../support/api-keys.ts';
import {
  faultOf,
  get,
  jsonOf,
  post,
  postJson,
  scrape,
  until,
  type WireResponse,
} from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import { portOf, startProcess, startServer, stopNow } from '../support/start-server.ts';
import { affine, brightness } from '../support/tiny-models.ts';
import { onPath } from '../../tools/process/on-path.ts';
import type { Config } from '../../src/config/schema.ts';

/** What limits the size of files. */
const NO_LIMITS = onPath('prlimit') === undefined && 'there is no prlimit';

const RED = plain([255, 0, 0]);
const GREEN = plain([0, 255, 0]);

type Line = Readonly<Record<string, unknown>>;

interface Counted {
  readonly versions: readonly {
    readonly accuracy: { readonly value?: number; readonly n: number };
    readonly confusions: readonly object[];
  }[];
}

function setup(t: Test, options: Partial<Config> = {}) {
  const models = modelRepository(t, { brightness: brightness(), net: affine() });
  const predictionLogDir = join(testFolder(t), 'predictions');
  const settings = {
    models,
    options: { predictionLogDir, defaultModel: 'brightness', ...options } as Partial<Config>,
  };
  const linesOf = (kind: string): Line[] =>
    readdirSync(predictionLogDir)
      .filter((file) => file.startsWith(kind) && file.endsWith('.jsonl'))
      .flatMap((file) => readFileSync(join(predictionLogDir, file), 'utf8').split('\n').slice(0, -1))
      .map((line) => JSON.parse(line) as Line);
  return { settings, predictionLogDir, linesOf };
}

const predict = (port: number, id: string, body: Buffer = RED, headers = {}): Promise<WireResponse> =>
  post(port, '/v1/predict', body, { 'x-request-id': id, 'content-type': 'image/png', ...headers });
const say = (port: number, body: object, headers = {}): Promise<WireResponse> =>
  post(port, '/v1/feedback', JSON.stringify(body), { 'content-type': 'application/json', ...headers });
const accuracyOf = async (port: number, model = 'brightness'): Promise<Counted> =>
  jsonOf<Counted>(await get(port, `/v1/models/${model}/accuracy`));

t.test('what is answered is logged, and what callers say of it is counted', async (t) => {
  const { settings, linesOf } = setup(t);
  const { port } = await startServer(t, settings);
  for (const id of ['a', 'b', 'c']) t.equal((await predict(port, id)).status, 200);
  const first = await say(port, { request_id: 'a', label: 'red' });
  t.equal(first.status, 202);
  t.strictSame(jsonOf(first), {
    ...{ request_id: 'a', index: 0, status: 'accepted' },
    ...{ model: { name: 'brightness', version: '1' }, correct: true },
  });
  t.match(jsonOf(await say(port, { request_id: 'a', class_id: 0 })), { status: 'known' });
  t.match(jsonOf(await say(port, { request_id: 'b', label: 'green' })), { correct: false });
  t.equal((await say(port, { request_id: 'c', score: 0.5 })).status, 202);

  t.match(await accuracyOf(port), {
    model: 'brightness',
    complete: true,
    versions: [
      {
        ...{ version: '1', accuracy: { value: 0.5, n: 2 }, score: { mean: 0.5, n: 1 } },
        confusions: [
          { predicted: { class_id: 0, label: 'red' }, actual: { class_id: 1, label: 'green' }, count: 1 },
        ],
        routes: [{ route: 'default', accuracy: { n: 2 } }],
      },
    ],
  });
  const value = await scrape(port);
  const labels = { model: 'brightness', version: '1', route: 'default' };
  t.equal(value('ortolan_feedback_labels_total', { ...labels, verdict: 'right' }), 1);
  t.equal(value('ortolan_feedback_labels_total', { ...labels, verdict: 'wrong' }), 1);
  t.equal(value('ortolan_accuracy_ratio', labels), 0.5);
  t.equal(value('ortolan_accuracy_samples', labels), 2);
  t.ok(value('ortolan_accuracy_high_ratio', labels) > 0.9);
  t.equal(value('ortolan_confusions', { predicted: 'red', actual: 'green' }), 1);
  t.equal(value('ortolan_feedback_total', { result: 'known' }), 1);
  t.equal(value('ortolan_prediction_log_writable'), 2);
  await until(() => linesOf('predictions').length === 3);
  t.match(linesOf('predictions')[0], {
    ...{ request_id: 'a', model: 'brightness', version: '1', of_classes: 3, rows: 1 },
    items: [{ index: 0, classes: [0, 1, 2] }],
  });
  t.notOk('inputs' in linesOf('predictions')[0]!);
});

t.test('what cannot be taken is refused, each with its code', async (t) => {
  const { settings } = setup(t);
  const { port } = await startServer(t, settings);
  await predict(port, 'a');
  const refused = async (body: object, ...expected: unknown[]): Promise<void> =>
    void t.strictSame(faultOf(await say(port, body)), expected, JSON.stringify(body));
  await refused({ request_id: 'never', label: 'red' }, 404, 'PREDICTION_NOT_FOUND');
  await refused({ request_id: 'a', label: 'yellow' }, 400, 'BAD_FIELD');
  await refused({ request_id: 'a', class_id: 3 }, 400, 'BAD_FIELD');
  await refused({ request_id: 'a', index: 1, label: 'red' }, 400, 'BAD_FIELD');
  await refused({ request_id: 'a' }, 400, 'BAD_FIELD');
  t.equal((await say(port, { request_id: 'a', label: 'green' })).status, 202);
  await refused({ request_id: 'a', label: 'red' }, 409, 'FEEDBACK_CONFLICT');
  t.strictSame(faultOf(await post(port, '/v1/feedback', 'x'.repeat(10_000))), [413, 'BODY_TOO_LARGE']);
  t.strictSame(faultOf(await get(port, '/v1/models/other/accuracy')), [404, 'MODEL_NOT_FOUND']);
  t.match(await accuracyOf(port, 'net'), { model: 'net', versions: [] });
});

t.test('without a log both routes say how to turn it on', async (t) => {
  const { settings } = setup(t);
  const { port } = await startServer(t, { ...settings, options: { defaultModel: 'brightness' } });
  for (const answer of [
    await say(port, { request_id: 'a', label: 'red' }),
    await get(port, '/v1/models/brightness/accuracy'),
  ]) {
    t.strictSame(faultOf(answer), [404, 'FEEDBACK_OFF']);
    t.match(jsonOf(answer)['error'], 'predictionLogDir');
  }
});

t.test('images of a request are told apart by their place, also where one of them is broken', async (t) => {
  const { settings } = setup(t);
  const { port } = await startServer(t, settings);
  const body = form([
    { name: 'a', filename: 'a.png', data: RED },
    { name: 'b', filename: 'b.png', data: 'no image' },
    { name: 'c', filename: 'c.png', data: GREEN },
  ]);
  const answer = await post(port, '/v1/predict', body, { 'x-request-id': 'many', 'content-type': FORM_TYPE });
  t.equal(answer.status, 200);
  t.strictSame(faultOf(await say(port, { request_id: 'many', label: 'green' })), [400, 'BAD_FIELD']);
  t.strictSame(faultOf(await say(port, { request_id: 'many', index: 1, label: 'green' })), [
    400,
    'BAD_FIELD',
  ]);
  t.match(jsonOf(await say(port, { request_id: 'many', index: 2, label: 'green' })), { correct: true });
  t.match(jsonOf(await say(port, { request_id: 'many', index: 0, label: 'green' })), { correct: false });
});

t.test('rows of a model without classes take a verdict and a score', async (t) => {
  const { settings } = setup(t);
  const { port } = await startServer(t, settings);
  const rows = {
    inputs: {
      x: [
        [0, 0, 0, 0],
        [1, 1, 1, 1],
      ],
    },
  };
  const predicted = (): Promise<WireResponse> => postJson(port, '/v1/models/net/predict', rows);
  await until(async () => (await predicted()).status === 200);
  const id = jsonOf(await predicted())['request_id'];
  t.equal((await say(port, { request_id: id, index: 1, correct: false })).status, 202);
  t.equal((await say(port, { request_id: id, index: 0, score: 1 })).status, 202);
  t.strictSame(faultOf(await say(port, { request_id: id, index: 0, label: 'a' })), [400, 'BAD_FIELD']);
  t.match(await accuracyOf(port, 'net'), { versions: [{ accuracy: { n: 1, value: 0 }, score: { n: 1 } }] });
});

t.test('with inputs, a line has what the client has sent', async (t) => {
  const { settings, linesOf } = setup(t, { predictionLogInputs: 'on' });
  const { port } = await startServer(t, settings);
  await predict(port, 'a');
  const body = { inputs: { x: [[1, 2, 3, 4]] } };
  await until(async () => (await postJson(port, '/v1/models/net/predict', body)).status === 200);
  await until(() => linesOf('predictions').length === 2);
  const [image, rows] = linesOf('predictions') as { inputs: Record<string, unknown>[] }[];
  t.match(image!.inputs, [{ index: 0, format: 'png', data: RED.toString('base64') }]);
  const [{ tensors }] = rows!.inputs as [{ tensors: { data: string }[] }];
  t.match(tensors, [{ name: 'x', datatype: 'FP32', shape: [1, 4] }]);
  const data = Buffer.from(tensors[0]!.data, 'base64');
  t.strictSame(
    [0, 4, 8, 12].map((at) => data.readFloatLE(at)),
    [1, 2, 3, 4],
  );
  t.equal((await say(port, { request_id: 'a', label: 'red' })).status, 202, 'it is found behind its inputs');
});

t.test('of a sample only those that are logged can be judged', async (t) => {
  const { settings, linesOf } = setup(t, { predictionLogSample: 0 });
  const { port } = await startServer(t, settings);
  await predict(port, 'a');
  t.strictSame(faultOf(await say(port, { request_id: 'a', label: 'red' })), [404, 'PREDICTION_NOT_FOUND']);
  t.strictSame(linesOf('predictions'), []);
});

t.test(
  'labels come late: after the process was killed, and to another server with the same folder',
  async (t) => {
    const { settings, linesOf } = setup(t);
    const first = startProcess(t, settings);
    const port = await portOf(first);
    await predict(port, 'a');
    await predict(port, 'b');
    t.equal((await say(port, { request_id: 'a', label: 'green' })).status, 202);
    await until(() => linesOf('predictions').length === 2);
    first.child.kill('SIGKILL');
    await first.ended;
    const { port: second, server } = await startServer(t, settings);
    await until(async () => (await accuracyOf(second)).versions.length === 1);
    t.match(await accuracyOf(second), { complete: true, versions: [{ accuracy: { n: 1, value: 0 } }] });
    t.equal((await say(second, { request_id: 'b', label: 'red' })).status, 202);
    t.strictSame(faultOf(await say(second, { request_id: 'a', label: 'red' })), [409, 'FEEDBACK_CONFLICT']);
    const { port: third } = await startServer(t, settings);
    await predict(third, 'c');
    await until(() => linesOf('predictions').length === 3);
    // New files of others are looked for once a second.
    await until(async () => (await say(second, { request_id: 'c', label: 'red' })).status === 202);
    await stopNow(server);
  },
);

t.test('a caller speaks of its own answers only', async (t) => {
  const shop = testKey(['predict'], { name: 'shop' });
  const zoo = testKey(['predict'], { name: 'zoo' });
  const net = testKey(['predict'], { name: 'net', models: ['net'] });
  const boss = testKey(['admin'], { name: 'boss' });
  const apiKeysFile = join(testFolder(t), 'keys.json');
  writeKeys(apiKeysFile, [shop, zoo, net, boss]);
  const { settings, linesOf } = setup(t, { apiKeysFile });
  const { port } = await startServer(t, settings);
  const as = ({ key }: { key: string }) => ({ 'x-api-key': key });
  t.equal((await predict(port, 'a', RED, as(shop))).status, 200);
  const label = { request_id: 'a', label: 'red' };
  t.strictSame(faultOf(await say(port, label)), [401, 'UNAUTHENTICATED']);
  for (const other of [zoo, net])
    t.strictSame(faultOf(await say(port, label, as(other))), [403, 'FORBIDDEN']);
  t.equal((await say(port, label, as(shop))).status, 202);
  t.match(jsonOf(await say(port, label, as(boss))), { status: 'known' });
  const accuracy = '/v1/models/brightness/accuracy';
  t.strictSame(faultOf(await get(port, accuracy, as(shop))), [403, 'FORBIDDEN']);
  t.equal((await get(port, accuracy, as(boss))).status, 200);
  t.match(linesOf('feedback'), [{ by: 'key:shop' }]);
  await until(() => linesOf('predictions').length === 1);
  t.match(linesOf('predictions'), [{ caller: 'key:shop' }]);
});

t.test(
  'where a file can take no more, no line is lost or cut, and nobody waits',
  { skip: NO_LIMITS },
  async (t) => {
    const { settings, linesOf, predictionLogDir } = setup(t, { predictionLogInputs: 'on' });
    // The system lets a write stop in the middle of a line, as a full disk does.
    const running = startProcess(t, { ...settings, under: ['prlimit', '--fsize=300000'] });
    const port = await portOf(running);
    const photo = plain([255, 0, 0], 128, 0);
    const ids = Array.from({ length: 12 }, (_, i) => `r-${i}`);
    for (const id of ids) t.equal((await predict(port, id, photo)).status, 200);
    await running.line('log of predictions can be written again');
    await until(() => linesOf('predictions').length === ids.length);
    t.strictSame(
      linesOf('predictions')
        .map((line) => String(line['request_id']))
        .sort(),
      ids.toSorted(),
    );
    t.ok(readdirSync(predictionLogDir).filter((file) => file.endsWith('.jsonl')).length > 1);
    for (const id of ids) t.equal((await say(port, { request_id: id, label: 'red' })).status, 202);
    t.equal((await scrape(port))('ortolan_prediction_log_lines_total', { result: 'dropped' }), 0);
  },
);

t.test('a server whose log cannot be written does not start; one that fails later goes on', async (t) => {
  const { settings, predictionLogDir } = setup(t);
  const { port } = await startServer(t, settings);
  chmodSync(predictionLogDir, 0o777);
  await t.rejects(
    startServer(t, settings),
    /The log of predictions cannot be opened: every user .* chmod o-w it/,
  );
  t.equal((await predict(port, 'a')).status, 200);
});
