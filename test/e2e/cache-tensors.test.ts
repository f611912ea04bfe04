/** The cache of answers, with models of tensors. */
import t from 'tap';
import { jsonOf, post, postJson, scrape, type WireResponse } from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import { startServer } from '../support/start-server.ts';
import { affine } from '../support/tiny-models.ts';

const OCTETS = 'application/octet-stream';
const ROW = Buffer.from(Float32Array.of(0, 1, 2, 3).buffer);

const models = modelRepository(t, { affine: affine() });
const { port } = await startServer(t, { models, options: { answerCacheBytes: 100_000 } });

const statusOf = ({ headers }: WireResponse): string | undefined => headers.get('cache-status');

t.test('equal tensors are run once, in whatever form they come and go', async (t) => {
  const raw = await post(port, '/v1/predict', ROW);
  const json = await postJson(port, '/v1/predict', { inputs: { x: [[0, 1, 2, 3]] } });
  const bytes = await post(port, '/v1/predict', ROW, { accept: OCTETS });
  t.strictSame([raw, json, bytes].map(statusOf), [
    'ortolan; fwd=miss; stored',
    'ortolan; hit',
    'ortolan; hit',
  ]);
  t.strictSame(jsonOf<{ outputs: unknown }>(json).outputs, { y: [[1, 3, 5, 7]] });
  t.strictSame([...new Float32Array(new Uint8Array(bytes.body).buffer)], [1, 3, 5, 7]);
  t.equal((await scrape(port))('ortolan_batch_rows_sum'), 1);
});

t.test('and in whatever protocol, where the tag is that of the outputs that are wanted', async (t) => {
  const infer = (more: object): Promise<WireResponse> => {
    const inputs = [{ name: 'x', datatype: 'FP32', shape: [1, 4], data: [0, 1, 2, 3] }];
    return postJson(port, '/v2/models/affine/infer', { inputs, ...more });
  };
  const all = await infer({});
  t.equal(statusOf(all), 'ortolan; hit');
  t.match(jsonOf(all), { outputs: [{ name: 'y', data: [1, 3, 5, 7] }] });
  const binary = await infer({ outputs: [{ name: 'y', parameters: { binary_data: true } }] });
  t.equal(statusOf(binary), 'ortolan; hit');
  t.not(binary.headers.get('etag'), all.headers.get('etag'));
});

t.test('a tag is that of one form of the answer', async (t) => {
  const json = (await post(port, '/v1/predict', ROW)).headers.get('etag')!;
  const bytes = (await post(port, '/v1/predict', ROW, { accept: OCTETS })).headers.get('etag')!;
  t.not(json, bytes);
  const url = `http://127.0.0.1:${port}/v1/predict`;
  const statuses = [json, bytes].map(async (tag) => {
    const headers = { accept: OCTETS, 'if-none-match': tag };
    const { status } = await fetch(url, { method: 'POST', body: ROW, headers });
    return status;
  });
  t.strictSame(await Promise.all(statuses), [200, 304]);
});

t.test('the same bytes as another number of rows are another question', async (t) => {
  const two = Buffer.concat([ROW, ROW]);
  const response = await post(port, '/v1/predict', two);
  t.equal(statusOf(response), 'ortolan; fwd=miss; stored');
  t.strictSame(jsonOf<{ outputs: unknown }>(response).outputs, {
    y: [
      [1, 3, 5, 7],
      [1, 3, 5, 7],
    ],
  });
});
