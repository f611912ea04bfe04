/** What lies in a repository and cannot be served is named, with what it is; the others serve. */
import { createHash } from 'node:crypto';
import t from 'tap';
import { integer, message, text, writeModel } from '../../tools/onnx/model.ts';
import { externalModel, weightsOf } from '../support/external-model.ts';
import { get, jsonOf, postJson, until } from '../support/http-client.ts';
import { startServer } from '../support/start-server.ts';
import { affine } from '../support/tiny-models.ts';

const BFLOAT16 = 16;
const value = (name: string) => ({ name, type: BFLOAT16, shape: ['N', 4] });
const bf16 = writeModel({
  inputs: [value('x')],
  outputs: [value('y')],
  nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['y'] }],
});
/** A number that is written again replaces the first. */
const tooNew = Buffer.concat([affine().file, integer(1, 99)]);
const newOpset = writeModel({ inputs: [], outputs: [], nodes: [] }).subarray(0, 2);
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const pinned = { 1: { 'model.onnx': sha256(externalModel()), 'model.onnx.data': sha256(weightsOf(3)) } };

const one = (file: string | Buffer) => ({ 1: { 'model.onnx': file } });
const models = t.testdir({
  good: one(affine().file),
  pointer: one('version https://git-lfs.github.com/spec/v1\noid sha256:4d\nsize 5\n'),
  page: one('<!DOCTYPE html><title>Sign in</title>'),
  cut: one(affine().file.subarray(0, 90)),
  bf16: one(bf16),
  'too-new': one(tooNew),
  opset: one(
    Buffer.concat([newOpset, message(7, text(2, 'graph')), message(8, text(1, ''), integer(2, 99))]),
  ),
  'no-weights': one(externalModel()),
  changed: {
    1: { 'model.onnx': externalModel(), 'model.onnx.data': weightsOf(77) },
    'model.json': JSON.stringify({ sha256: pinned }),
  },
  hub: {
    blobs: { aaaa: externalModel(), bbbb: weightsOf(3) },
    1: {
      'model.onnx': t.fixture('symlink', '../blobs/aaaa'),
      'model.onnx.data': t.fixture('symlink', '../blobs/bbbb'),
    },
    'model.json': JSON.stringify({ sha256: pinned }),
  },
});
const { port } = await startServer(t, { models, options: { defaultModel: 'good' } });

interface Listed {
  readonly models: readonly { name: string; state: string; reason?: string }[];
}
const listed = async () => jsonOf<Listed>(await get(port, '/health')).models;
await until(async () => (await listed()).every(({ state }) => ['ready', 'unavailable'].includes(state)));

const REASONS: Readonly<Record<string, RegExp>> = {
  pointer: /is a pointer of Git LFS, .* run git lfs pull/,
  page: /is an HTML page/,
  cut: /is cut off/,
  bf16: /the type BFLOAT16, which is not served/,
  'too-new': /ONNX IR version 99, and this onnxruntime knows up to \d+/,
  opset: /opset 99 of ai\.onnx, and this onnxruntime knows it up to \d+/,
  'no-weights': /takes weights from .*model\.onnx\.data, which is not there/,
  changed: /model\.onnx\.data is not the file that model\.json declares/,
};
for (const [name, reason] of Object.entries(REASONS)) {
  t.test(`the model ${name} is unavailable, and says why`, async (t) => {
    t.match(
      (await listed()).find((model) => model.name === name),
      { state: 'unavailable', reason },
    );
  });
}

t.test('a model whose files are links into one folder answers by its pinned weights', async (t) => {
  const answer = await postJson(port, '/v1/models/hub/predict', { inputs: { x: [[1, 1, 1, 1]] } });
  t.match(jsonOf(answer), { outputs: { y: [[3, 3, 3, 3]] } });
});
