/** The cache of answers, with the included model on a photograph. */
import t from 'tap';
import { get, jsonOf, post, postJson, scrape, until, type WireResponse } from '../support/http-client.ts';
import { startServer } from '../support/start-server.ts';
import { photograph } from './fixtures/photographs.ts';

const JPEG = { 'content-type': 'image/jpeg' };
const CAT = photograph('cat.jpg');
const COFFEE = photograph('coffee.jpg');
const MODEL = { model: 'efficientnet-lite0', version: '1' };

const { port } = await startServer(t, { options: { answerCacheBytes: 1_000_000 } });

const statusOf = ({ headers }: WireResponse): string | undefined => headers.get('cache-status');
const resultsOf = (response: WireResponse): unknown => {
  const { predictions, results } = jsonOf<{ predictions?: unknown; results?: unknown }>(response);
  return predictions ?? results;
};

t.test('the second request is answered without a run, and counted', async (t) => {
  const first = await post(port, '/v1/predict', CAT, JPEG);
  const before = await scrape(port);
  const second = await post(port, '/v1/predict', CAT, JPEG);
  const after = await scrape(port);
  t.equal(statusOf(first), 'ortolan; fwd=miss; stored');
  t.equal(statusOf(second), 'ortolan; hit');
  t.strictSame(resultsOf(second), resultsOf(first));
  t.match(second.headers.get('server-timing'), /infer;dur=0\.00.*"1 cache narrow"/);
  t.equal(after('ortolan_batch_rows_count', MODEL), before('ortolan_batch_rows_count', MODEL));
  const predicted = { ...MODEL, status: 'success' };
  t.equal(after('predictions_total', predicted), before('predictions_total', predicted) + 1);
  t.equal(after('ortolan_cache_lookups_total', { ...MODEL, result: 'hit' }), 1);
  t.equal(after('ortolan_cache_entries'), 1);
  t.equal(after('ortolan_cache_bytes_limit'), 1_000_000);
});

t.test('it is found in every form of body, and again for another number of classes', async (t) => {
  const json = await postJson(port, '/v1/predict', { image: CAT.toString('base64') });
  t.equal(statusOf(json), 'ortolan; hit');
  const three = await post(port, '/v1/predict?top_k=3', CAT, JPEG);
  t.equal(statusOf(three), 'ortolan; fwd=miss; stored');
});

t.test('another version has its own answers', async (t) => {
  const path = '/v1/models/efficientnet-lite0/versions/int8/predict';
  await until(async () => !/"(waiting|loading)"/.test((await get(port, '/v1/models')).body.toString()));
  const other = await post(port, path, CAT, JPEG);
  t.equal(statusOf(other), 'ortolan; fwd=miss; stored');
});

t.test('of several images only the new one is run', async (t) => {
  const images = [CAT, COFFEE, Buffer.from('no image')].map((image) => image.toString('base64'));
  const response = await postJson(port, '/v1/predict', { images });
  t.equal(statusOf(response), 'ortolan; fwd=partial; stored; detail="1 of 2 hit"');
  t.notOk(response.headers.has('etag'), 'one of them failed');
  t.match(resultsOf(response), [{ predictions: [] }, { predictions: [] }, { code: 'NOT_AN_IMAGE' }]);
});

t.test('equal requests at the same time are one run', async (t) => {
  const image = photograph('china.jpg');
  const before = await scrape(port);
  const all = await Promise.all(Array.from({ length: 8 }, () => post(port, '/v1/predict', image, JPEG)));
  const after = await scrape(port);
  t.equal(after('ortolan_batch_rows_sum', MODEL), before('ortolan_batch_rows_sum', MODEL) + 1);
  t.equal(new Set(all.map((response) => JSON.stringify(resultsOf(response)))).size, 1);
  t.strictSame(all.map(statusOf).filter((status) => status === 'ortolan; fwd=miss; stored').length, 1);
});

t.test('a client that has the answer gets 304, and its connection goes on', async (t) => {
  const tag = (await post(port, '/v1/predict', CAT, JPEG)).headers.get('etag')!;
  t.match(tag, /^W\/"[\w-]{43}"$/);
  const url = `http://127.0.0.1:${port}/v1/predict`;
  for (let time = 0; time < 2; time++) {
    const again = await fetch(url, { method: 'POST', body: CAT, headers: { ...JPEG, 'if-none-match': tag } });
    t.equal(again.status, 304);
    t.equal(again.headers.get('etag'), tag);
    t.notOk(again.headers.has('content-length'));
    t.equal(await again.text(), '');
  }
  const other = await post(port, '/v1/predict?top_k=4', CAT, { ...JPEG, 'if-none-match': tag });
  t.equal(other.status, 200, 'the tag is that of five classes');
});

t.test('no-cache and no-store ask the model', async (t) => {
  for (const [directive, status] of Object.entries({
    'no-cache': 'ortolan; fwd=request; stored',
    'no-store': 'ortolan; fwd=bypass',
  })) {
    const response = await post(port, '/v1/predict', CAT, { ...JPEG, 'cache-control': directive });
    t.equal(statusOf(response), status);
    t.notMatch(response.headers.get('server-timing'), /infer;dur=0\.00/);
  }
});

t.test('errors are not kept', async (t) => {
  const cut = CAT.subarray(0, CAT.length / 2);
  for (let time = 0; time < 2; time++) {
    const response = await post(port, '/v1/predict', cut, JPEG);
    t.equal(response.status, 400);
    t.notOk(response.headers.has('cache-status'));
    t.notOk(response.headers.has('etag'));
  }
  const samples = await scrape(port);
  t.equal(samples('ortolan_cache_lookups_total', { ...MODEL, result: 'collapsed' }), 7, 'of the test above');
});

t.test('it is off by default', async (t) => {
  const off = await startServer(t);
  await post(off.port, '/v1/predict', CAT, JPEG);
  const second = await post(off.port, '/v1/predict', CAT, JPEG);
  t.notOk(second.headers.has('cache-status'));
  t.notOk(second.headers.has('etag'));
  t.equal((await scrape(off.port))('ortolan_cache_bytes_limit'), 0);
  t.equal((await get(off.port, '/health')).status, 200);
});
