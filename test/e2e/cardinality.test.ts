/** Client input never creates a metric series: the number of series depends on the configuration alone. */
import t from 'tap';
import { get, post, postJson, send, until, type WireRequest } from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import { startServer } from '../support/start-server.ts';
import { samplesOf } from '../support/telemetry.ts';
import { affine, brightness } from '../support/tiny-models.ts';
import { plain } from './fixtures/images.ts';

const models = modelRepository(t, { affine: affine(), brightness: brightness() });
const options = { defaultModel: 'brightness', metricsCompat: 'triton', corsOrigins: ['*'] } as const;
const { port } = await startServer(t, { models, options });
// The other model loads while the server is already serving, and has series once it is loaded.
await until(async () => (await get(port, '/v1/models/affine')).body.includes('"state":"ready"'));

/** One request for each field that a client controls, each with a marker word that occurs nowhere else. */
async function write(word: string): Promise<void> {
  const predict: WireRequest = { method: 'POST', path: '/v1/predict', body: plain([255, 0, 0]) };
  const headers: Readonly<Record<string, string>>[] = [
    { host: `${word}.example` },
    { 'x-request-id': word },
    { 'x-request-id': `${word}"\\`.repeat(40) },
    { origin: `https://${word}.example` },
    { 'content-type': `application/${word}` },
    { 'content-type': `image/${word}` },
    { accept: word },
    { 'user-agent': word, authorization: `Bearer ${word}`, cookie: word, 'x-forwarded-for': word },
    { 'x-request-timeout-ms': word },
    { [word]: word },
  ];
  for (const more of headers) await send(port, { ...predict, headers: more });
  for (const method of [word.toUpperCase(), word, 'BREW', 'PUT', 'TRACE']) {
    await send(port, { ...predict, method });
  }
  for (const path of [
    `/${word}`,
    `/v1/models/${word}`,
    `/v1/predict/${word}`,
    `/?${word}`,
    `/docs?${word}=1`,
  ]) {
    await get(port, path);
  }
  for (const path of [
    `/v1/models/${word}/predict`,
    `/v1/models/brightness/versions/${word}/predict`,
    `/v1/models/${word}%0A%22%7D/versions/1/predict`,
    `/v1/predict?${word}=1`,
    `/v1/predict?top_k=${word}`,
  ]) {
    await send(port, { ...predict, path });
  }
  await postJson(port, '/v1/predict', { url: `http://${word}.invalid:1/${word}?${word}` });
  await postJson(port, '/v1/predict', { [word]: word });
  await postJson(port, '/v1/models/affine/predict', { inputs: { [word]: [[1, 2, 3, 4]] } });
  await post(
    port,
    '/v1/predict',
    `--${word}\r\ncontent-disposition: form-data; name="${word}"\r\n\r\n${word}\r\n--${word}--`,
    {
      'content-type': `multipart/form-data; boundary=${word}`,
    },
  );
  await post(port, '/v1/models/affine/predict', word);
}

/** Every series, without its value. */
async function series(): Promise<string[]> {
  const { body } = await get(port, '/metrics', { accept: 'application/openmetrics-text' });
  return [...samplesOf(body.toString('utf8')).keys()].sort();
}

/** Excludes series that vary on their own: open resources, kinds of garbage collection, batch reasons. */
const byItself = (line: string): boolean => !/^(nodejs_(active|gc)_|ortolan_batches_total)/.test(line);

t.test('client input creates no series and appears in no label', async (t) => {
  await write('firstword');
  await series(); // The scrape is a request too.
  const before = await series();
  for (const word of ['secondword', 'thirdword', 'fourthword']) await write(word);
  const after = await series();
  t.strictSame(after.filter(byItself), before.filter(byItself));
  t.strictSame(
    after.filter((line) => /(first|second|third|fourth)word/i.test(line)),
    [],
  );
  t.ok(after.length > 100, `${after.length} series`);
});
