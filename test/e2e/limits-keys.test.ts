/** Limits of keys, and of who has none, on a real server. */
import { join } from 'node:path';
import t from 'tap';
import { testFolder, testKey, writeKeys, type TestKey } from '../support/api-keys.ts';
import { faultOf, get, post, until, type WireResponse } from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import { startServer } from '../support/start-server.ts';
import { affine } from '../support/tiny-models.ts';

const models = modelRepository(t, { net: affine() });
const folder = testFolder(t);
const ROW = { inputs: { x: [[0, 1, 2, 3]] } };

const ask = (port: number, key: string): Promise<WireResponse> =>
  get(port, '/v1/models', { authorization: `Bearer ${key}` });

async function serve(
  name: string,
  keys: readonly TestKey[],
  options: Parameters<typeof startServer>[1] = {},
) {
  const apiKeysFile = join(folder, `${name}.json`);
  writeKeys(apiKeysFile, keys);
  return { ...(await startServer(t, { models, options: { apiKeysFile, ...options.options } })), apiKeysFile };
}

t.test(
  'a key has its own limits, which its successor shares, and others have those of the settings',
  async (t) => {
    const scopes = ['predict', 'models:read'] as const;
    const limits = { rate: '2/d', burst: 2, concurrency: 4, daily: 1000 };
    const [old, next] = [testKey([...scopes], { limits }), testKey([...scopes], { limits })];
    const other = testKey([...scopes], { name: 'other' });
    const options = { keyRateLimit: '3/d', rateLimit: '1/d' };
    const { port } = await serve('own', [old, next, other], { options });
    const first = await ask(port, old.key);
    t.equal(
      first.headers.get('ratelimit-policy'),
      '"rate";q=2;w=86400, "concurrency";q=4;qu="concurrent-requests", "daily";q=1000;w=86400',
    );
    t.match(first.headers.get('ratelimit'), /^"rate";r=1;t=\d+, "concurrency";r=3, "daily";r=1000$/);
    t.equal((await ask(port, next.key)).status, 200);
    t.strictSame(faultOf(await ask(port, next.key)), [429, 'RATE_LIMITED']);
    t.equal((await ask(port, other.key)).headers.get('ratelimit-policy'), '"rate";q=3;w=86400');
  },
);

t.test('limits of a key that are changed in the file count at once', async (t) => {
  const key = testKey(['models:read'], { limits: { rate: '1/d' } });
  const { port, apiKeysFile } = await serve('changed', [key]);
  t.equal((await ask(port, key.key)).status, 200);
  t.equal((await ask(port, key.key)).status, 429);
  writeKeys(apiKeysFile, [{ ...key, row: { ...key.row, limits: { rate: '5/d' } } }]);
  await until(
    async () => (await ask(port, key.key)).headers.get('ratelimit-policy') === '"rate";q=5;w=86400',
  );
  t.pass();
});

t.test('the day of a key ends with QUOTA_EXCEEDED', async (t) => {
  const key = testKey(['predict'], { limits: { daily: 1 } });
  const { port } = await serve('daily', [key]);
  const headers = { authorization: `Bearer ${key.key}`, 'content-type': 'application/json' };
  const predict = () => post(port, '/v1/predict', JSON.stringify(ROW), headers);
  t.equal((await predict()).status, 200);
  const refused = await predict();
  t.strictSame(faultOf(refused), [429, 'QUOTA_EXCEEDED']);
  t.equal(refused.headers.get('retry-after'), '86400');
});

t.test(
  'who only guesses is stopped before the key is looked at; an address with a good key is not',
  async (t) => {
    const key = testKey(['models:read'], {});
    const { port } = await serve('guess', [key], {
      options: { authFailureLimit: '3/d', trustedProxies: ['127.0.0.1'] },
    });
    const from = (address: string, text: string) =>
      get(port, '/v1/models', { 'x-forwarded-for': address, authorization: `Bearer ${text}` });
    const guesses: number[] = [];
    for (let guess = 0; guess < 5; guess++)
      guesses.push((await from('192.0.2.1', `ortolan_guess${guess}`)).status);
    t.strictSame(guesses, [401, 401, 401, 429, 429]);
    t.equal((await from('192.0.2.1', key.key)).status, 429, 'not even a right one tells it anything');
    t.equal((await get(port, '/health/live', { 'x-forwarded-for': '192.0.2.1' })).status, 200);
    t.equal((await from('192.0.2.2', 'wrong')).status, 401);
    t.equal((await from('192.0.2.2', key.key)).status, 200);
    for (let guess = 0; guess < 6; guess++)
      t.equal((await from('192.0.2.2', `ortolan_guess${guess}`)).status, 401);
    t.equal((await from('192.0.2.2', key.key)).status, 200, 'its neighbours');
  },
);
