/** Tensors to the real server and back, of every array type that its models have. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Ortolan, type InputTensor, type Tensor } from '../../client/src/ortolan.ts';
import { clientModels } from '../clients/models.ts';
import { PHOTOS, startServer } from '../support/start-server.ts';

const { port } = await startServer(t, {
  models: clientModels(t),
  options: { defaultModel: 'net' },
});
const client = new Ortolan(`http://127.0.0.1:${port}`);

/** The only output of a model. */
async function output(model: string, inputs: Readonly<Record<string, InputTensor>>): Promise<Tensor> {
  const [tensor, another] = Object.values((await client.infer(model, inputs)).outputs);
  if (tensor === undefined || another !== undefined) throw new Error('not exactly one output');
  return tensor;
}

t.test('numbers come back in the array of their type, and 64-bit integers are exact', async (t) => {
  const x = { data: Float32Array.of(0, 1, 2, 3), shape: [1, 4] };
  t.strictSame(await output('net', { x }), {
    datatype: 'FP32',
    shape: [1, 4],
    data: Float32Array.of(1, 3, 5, 7),
  });
  const n = { data: BigInt64Array.of(2n ** 62n, -1n), shape: [1, 2] };
  t.strictSame((await output('next', { n })).data, BigInt64Array.of(2n ** 62n + 1n, 0n));
});

t.test('booleans, halves, texts and bytes', async (t) => {
  const p = { data: [true, false, true], shape: [1, 3] };
  t.strictSame((await output('not', { p })).data, Uint8Array.of(0, 1, 0));
  const x = { data: Uint16Array.of(0x3c00, 0x4000), shape: [1, 2], datatype: 'FP16' } as const;
  const half = await output('half', { x });
  if (half.datatype !== 'FP16') return t.fail(half.datatype);
  t.strictSame([...new Uint16Array(half.data.buffer)], [0x4000, 0x4400], 'the bits of 2 and 4');
  const s = { data: ['é', Uint8Array.of(0x61, 0x62)], shape: [1, 2] };
  t.match(await output('echo', { s }), { datatype: 'BYTES', shape: [1, 2], data: ['é', 'ab'] });
});

t.test('of several outputs those that are named, of a version that is named', async (t) => {
  const x = { data: Float32Array.of(1, 2, 3, 4), shape: [1, 4] };
  const answer = await client.infer('halves', { x }, { version: '1', outputs: ['total'] });
  t.match([answer.model, answer.version], ['halves', '1']);
  t.strictSame(Object.keys(answer.outputs), ['total']);
  t.strictSame(answer.outputs['total']?.data, Float32Array.of(10));
});

t.test('a photograph is BYTES, and classes are asked for', async (t) => {
  const image = { data: [readFileSync(join(PHOTOS, 'cat.jpg'))], shape: [1] };
  const outputs = [{ name: 'logits', classification: 2 }];
  const { logits } = (await client.infer('photos', { image }, { outputs })).outputs;
  t.equal(logits?.datatype, 'BYTES');
  t.match(logits?.data, [/:282:tiger cat$/, /:285:Egyptian cat$/]);
});

t.test('what does not fit the model is the server’s error, with code and id', async (t) => {
  const wrong: readonly [string, Readonly<Record<string, InputTensor>>, object][] = [
    ['net', { x: { data: Float64Array.of(1, 2, 3, 4), shape: [1, 4] } }, { status: 400 }],
    ['net', { x: { data: Float32Array.of(1, 2, 3), shape: [1, 4] } }, { status: 400 }],
    ['net', { z: { data: Float32Array.of(1, 2, 3, 4), shape: [1, 4] } }, { status: 400 }],
    ['net', {}, { status: 400 }],
    ['other', { x: { data: Float32Array.of(1) } }, { status: 404, code: 'MODEL_NOT_FOUND' }],
  ];
  for (const [model, inputs, facts] of wrong) {
    const found = { ...facts, retryable: false, code: /^[A-Z_]+$/, requestId: String };
    await t.rejects(client.infer(model, inputs), found);
  }
});
