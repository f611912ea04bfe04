/** The metrics after some traffic: the names that dashboards use, in both formats. */
import t from 'tap';
import { get, post, postJson, scrape, send } from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import { startServer } from '../support/start-server.ts';
import { brightness } from '../support/tiny-models.ts';
import { plain } from './fixtures/images.ts';

const models = modelRepository(t, { brightness: brightness() });
const { port } = await startServer(t, { models });
const images = [plain([255, 0, 0]), Buffer.from('no image')].map((image) => image.toString('base64'));
await post(port, '/v1/predict', plain([255, 0, 0]));
await postJson(port, '/v1/predict', { images });
await post(port, '/v1/predict', 'no image');
await get(port, '/nope');

t.test('the required metric names exist, and have the right counts', async (t) => {
  const samples = await scrape(port);
  const model = { model: 'brightness', version: '1' };
  t.equal(samples('predictions_total', { ...model, status: 'success' }), 2);
  t.equal(samples('predictions_total', { ...model, status: 'error' }), 2);
  t.equal(samples('prediction_duration_seconds_count', model), 2, 'answered requests');
  t.equal(samples('http_requests_total', { method: 'POST', route: '/v1/predict', code: '200' }), 2);
  t.equal(samples('http_requests_total', { method: 'POST', route: '/v1/predict', code: '400' }), 1);
  t.equal(samples('http_requests_total', { method: 'GET', route: 'none', code: '404' }), 1);
});

t.test('the model and the stages have their metrics', async (t) => {
  const samples = await scrape(port);
  const model = { model: 'brightness', version: '1' };
  t.equal(samples('ortolan_predicted_classes_total', { ...model, class: 'red' }), 2);
  t.equal(samples('ortolan_prediction_confidence_ratio_count', model), 2);
  t.equal(samples('ortolan_stage_duration_seconds_count', { stage: 'infer' }), 2);
  t.equal(samples('ortolan_batch_rows_sum', model), samples('ortolan_batches_total', model));
  t.equal(samples('ortolan_model_ready', model), 1);
  t.equal(samples('ortolan_model_info', { ...model, provider: 'cpu' }), 1);
  t.equal(samples('ortolan_workers', { state: 'ready' }), 1);
  t.equal(samples('ortolan_errors_total', { code: 'NOT_AN_IMAGE' }), 1);
  t.equal(samples('ortolan_build_info'), 1);
});

t.test('arrived requests count as offered work, and worker runs as busy time', async (t) => {
  const samples = await scrape(port);
  t.ok(samples('ortolan_offered_work_seconds_total', { outcome: 'accepted' }) > 0);
  t.equal(samples('ortolan_offered_work_seconds_total', { outcome: 'refused' }), 0, 'nothing was refused');
  t.ok(samples('ortolan_saturation_ratio') > 0);
  const busy = samples('ortolan_worker_busy_seconds_total');
  t.ok(busy > 0);
  t.equal(busy, samples('ortolan_batch_duration_seconds_sum'));
});

t.test('the process has its metrics', async (t) => {
  const samples = await scrape(port);
  for (const name of [
    'process_cpu_seconds_total',
    'process_resident_memory_bytes',
    'nodejs_eventloop_lag_seconds',
  ]) {
    t.ok(samples(name) > 0, name);
  }
});

t.test('every metric has a help and a type', async (t) => {
  const text = (await get(port, '/metrics')).body.toString();
  const named = new Set(
    [...text.matchAll(/^([a-z]\w*?)(?:_bucket|_sum|_count)?(?:\{.*\})? \S+$/gm)].map(([, name]) => name!),
  );
  for (const name of named) t.match(text, new RegExp(`^# HELP ${name} .+\\n# TYPE ${name} \\w+$`, 'm'), name);
});

t.test('a scraper that asks for OpenMetrics gets it, with its end marker', async (t) => {
  const plainText = await get(port, '/metrics');
  t.match(plainText.headers.get('content-type'), /^text\/plain; version=0\.0\.4/);
  const accept = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5';
  const open = await get(port, '/metrics', { accept });
  t.match(open.headers.get('content-type'), /^application\/openmetrics-text; version=1\.0\.0/);
  t.match(open.body.toString(), /# EOF\n$/);
  t.match(open.body.toString(), /^predictions_total\{.*status="success".*\} 2$/m);
});

t.test('a scrape in one format does not change the other', async (t) => {
  const namesOf = async (): Promise<string[]> =>
    (await get(port, '/metrics')).body
      .toString()
      .split('\n')
      .filter((line) => line.startsWith('# TYPE'));
  const before = await namesOf();
  await get(port, '/metrics', { accept: 'application/openmetrics-text' });
  t.strictSame(await namesOf(), before);
});

t.test('client input never becomes a label', async (t) => {
  for (const method of ['AAAA', 'BBBB', 'post']) await send(port, { method, path: '/v1/predict' });
  for (const path of ['/x1', '/x2', '/v1/models/x3']) await get(port, path);
  const samples = await scrape(port);
  t.equal(samples('http_requests_total', { method: 'other', route: '/v1/predict', code: '405' }), 3);
  t.equal(samples('http_requests_total', { route: 'none' }), 3);
  t.equal(samples('http_requests_total', { route: '/v1/models/:model' }), 1);
});

t.test('a HEAD request for the metrics is answered', async (t) => {
  t.equal((await send(port, { method: 'HEAD', path: '/metrics' })).status, 200);
});
