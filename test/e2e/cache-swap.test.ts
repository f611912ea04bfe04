/** The cache of answers while versions are replaced: no answer of a version that is gone. */
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { jsonOf, post, scrape, until } from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import { startServer } from '../support/start-server.ts';
import { affine } from '../support/tiny-models.ts';

const models = modelRepository(t, { net: affine(undefined, 1) });
const { port } = await startServer(t, {
  models,
  options: { answerCacheBytes: 100_000, modelControl: 'explicit' },
});

/** Asks the same again, and gives what the cache did and the number that the model adds. */
async function ask(tag = ''): Promise<readonly [status: string, plus: unknown, tag: string]> {
  const row = JSON.stringify({ inputs: { x: [[0, 0, 0, 0]] } });
  const headers = { 'content-type': 'application/json', 'if-none-match': tag };
  const response = await post(port, '/v1/predict', row, headers);
  const plus = jsonOf<{ outputs: { y: number[][] } }>(response).outputs.y[0]?.[0];
  return [response.headers.get('cache-status')!, plus, response.headers.get('etag')!];
}

/** Puts another file in the place of version 1, and loads it. */
async function swapTo(plus: number): Promise<void> {
  const folder = join(models, 'net', '1');
  writeFileSync(join(folder, '.new'), affine(undefined, plus).file);
  renameSync(join(folder, '.new'), join(folder, 'model.onnx'));
  const { status, body } = await post(port, '/v2/repository/models/net/load', '');
  if (status !== 200) throw new Error(body.toString());
}

t.test('a version that was replaced answers with its own results, and back again', async (t) => {
  const [, , tag] = await ask();
  t.strictSame((await ask()).slice(0, 2), ['ortolan; hit', 1]);
  await swapTo(2);
  t.strictSame(
    (await ask(tag)).slice(0, 2),
    ['ortolan; fwd=miss; stored', 2],
    'nor is its tag that of the old',
  );
  t.strictSame((await ask()).slice(0, 2), ['ortolan; hit', 2]);
  await swapTo(1);
  t.strictSame((await ask()).slice(0, 2), ['ortolan; fwd=miss; stored', 1]);
});

t.test('the results of versions that are gone take no memory', async (t) => {
  await until(async () => (await scrape(port))('ortolan_cache_entries') === 1);
  t.pass();
});
