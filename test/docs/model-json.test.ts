/** The examples of docs/model-json.md are served, with models that fit them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { FLOAT, floats, writeModel } from '../../tools/onnx/model.ts';
import { ortolan } from '../cli/ortolan.ts';
import { get, jsonOf, post, postJson, until } from '../support/http-client.ts';
import { PHOTOS, startServer } from '../support/start-server.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/model-json.md'), 'utf8');
const [tensors, images, golden] = [...page.matchAll(/^```json\n([\s\S]*?)^```/gm)].map(([, text]) => text!);

/** price = factor x the sum of the two numbers of a flat. */
const flats = (factor: number): Buffer =>
  writeModel({
    inputs: [{ name: 'flat', type: FLOAT, shape: ['N', 2] }],
    outputs: [{ name: 'price', type: FLOAT, shape: ['N', 1] }],
    nodes: [{ op: 'MatMul', inputs: ['flat', 'factors'], outputs: ['price'] }],
    constants: [floats('factors', [2, 1], [factor, factor])],
  });

/** The score of a class is the mean of a channel. */
const resnet = writeModel({
  inputs: [{ name: 'pixels', type: FLOAT, shape: ['N', 3, 224, 224] }],
  outputs: [{ name: 'scores', type: FLOAT, shape: ['N', 3] }],
  nodes: [
    { op: 'ReduceMean', inputs: ['pixels'], outputs: ['scores'], attributes: { axes: [2, 3], keepdims: 0 } },
  ],
});

const models = t.testdir({
  flats: {
    1: { 'model.onnx': flats(1) },
    2: { 'model.onnx': flats(2) },
    'model.json': tensors!,
    golden: { 'fifty.json': golden! },
  },
  resnet: { 1: { 'model.onnx': resnet }, 'labels.txt': 'red\ngreen\nblue\n', 'model.json': images! },
});
const { port } = await startServer(t, { models, options: { defaultModel: 'flats' } });
await until(async () => !/"(waiting|loading)"/.test((await get(port, '/v1/models')).body.toString()));

t.test('the tensor example answers, by number, label and default', async (t) => {
  const price = async (path: string) =>
    jsonOf(await postJson(port, path, { inputs: { flat: [[50, 2]] } }))['outputs'];
  t.strictSame(await price('/v1/models/flats/predict'), { price: [[52]] });
  t.strictSame(await price('/v1/models/flats/versions/next/predict'), { price: [[104]] });
  t.strictSame(await price('/v1/models/flats/versions/2/predict'), { price: [[104]] });
});

t.test('the golden sample of the tensor example is answered by version 1, and is for no other', async (t) => {
  const { code, out, err } = await ortolan(['models', 'verify', 'flats', '--models', models]);
  t.equal(code, 0, err);
  t.match(out, /^flats 1: golden sample fifty: the answer is the known one$/m);
  t.match(out, /^flats 2: no golden samples$/m);
});

t.test('the image example answers classes by their names', async (t) => {
  const photo = readFileSync(join(PHOTOS, 'cat.jpg'));
  const { predictions } = jsonOf<{ predictions: { label: string }[] }>(
    await post(port, '/v1/models/resnet/predict', photo),
  );
  t.strictSame(predictions.map(({ label }) => label).sort(), ['blue', 'green', 'red']);
});
