/** Events of predictions as a receiver reads them that is none of ours: the SDK of CloudEvents for Python. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import t from 'tap';
import { environmentOf } from '../../src/python/environment.ts';
import { unlessLacking } from '../clients/program.ts';
import { plain } from '../e2e/fixtures/images.ts';
import { post, postJson, until } from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import { startServer } from '../support/start-server.ts';
import { affine, brightness } from '../support/tiny-models.ts';

// Packages are installed the first time.
t.setTimeout(0);

const HERE = import.meta.dirname;
const PYTHONS = ['3.11', '3.12', '3.13'];

interface Received {
  readonly attributes: Readonly<Record<string, string>>;
  readonly data: unknown;
}

const { value: bin, skip } = await unlessLacking(() =>
  environmentOf(join(HERE, 'pinned'), 'cloudevents', PYTHONS),
);

t.test('the SDK of CloudEvents reads requests and responses, whatever was predicted', { skip }, async (t) => {
  const child = spawn(join(bin!, 'python'), [join(HERE, 'with-cloudevents')], {
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  t.teardown(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const lines: string[] = [];
  createInterface(child.stdout).on('line', (line) => void lines.push(line));
  await until(() => lines.length > 0);
  const { port: receiver, version } = JSON.parse(lines.shift()!) as { port: number; version: string };
  t.comment(`cloudevents ${version}`);

  const models = modelRepository(t, { brightness: brightness(), net: affine() });
  const { port } = await startServer(t, {
    models,
    options: {
      defaultModel: 'brightness',
      predictionEventsUrl: `http://127.0.0.1:${receiver}/`,
      predictionEventsMode: 'all',
      predictionEventsNamespace: 'ml',
    },
  });
  const red = plain([255, 0, 0]);
  t.equal((await post(port, '/v1/predict', red, { 'x-request-id': 'one' })).status, 200);
  const body = { inputs: { x: [[1, 2, 3, 4]] } };
  await until(async () => (await postJson(port, '/v1/models/net/predict', body)).status === 200);
  // On a busy machine an event whose answer is late is sent again: it is counted once.
  const different = (): ReadonlyMap<string, Received> =>
    new Map(
      lines.map((line) => {
        const event = JSON.parse(line) as Received;
        return [`${event.attributes['id']} ${event.attributes['type']}`, event];
      }),
    );
  await until(() => different().size === 4);
  const events = [...different().values()];
  const of = (model: string, kind: string): Received | undefined =>
    events.find(
      ({ attributes }) =>
        attributes['inferenceservicename'] === model && attributes['type']!.endsWith(`.${kind}`),
    );
  const attributes = {
    ...{ specversion: '1.0', namespace: 'ml', component: 'predictor', endpoint: 'default' },
    metadata: /^\{"x-model-version":\["1"\]/,
  };
  t.match(of('brightness', 'request'), {
    attributes: { ...attributes, id: 'one', type: 'org.kubeflow.serving.inference.request' },
    data: red.toString('base64'),
  });
  t.match(of('brightness', 'response'), {
    attributes: { ...attributes, id: 'one', type: 'org.kubeflow.serving.inference.response' },
    data: { request_id: 'one', results: [{ predictions: [{ class_id: 0, label: 'red' }] }] },
  });
  t.match(of('net', 'request')?.data, { inputs: [{ name: 'x', datatype: 'FP32', data: [1, 2, 3, 4] }] });
  t.match(of('net', 'response')?.data, { model_name: 'net', outputs: [{ shape: [1, 4] }] });
});
