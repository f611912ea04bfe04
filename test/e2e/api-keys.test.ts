/** API keys on a real server: who gets in, to what, and what becomes of keys that change while it serves. */
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { testFolder, testKey, writeKeys } from '../support/api-keys.ts';
import { jsonOf, send, until, Wire, type WireRequest, type WireResponse } from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import { startServer, type LogLine } from '../support/start-server.ts';
import { affine, brightness } from '../support/tiny-models.ts';
import { plain } from './fixtures/images.ts';

const models = modelRepository(t, { affine: affine(), brightness: brightness() });
const folder = testFolder(t);
const file = join(folder, 'keys.json');

const shop = testKey(['predict']);
const reader = testKey(['models:read'], { name: 'reader' });
const writer = testKey(['models:write'], { name: 'writer' });
const admin = testKey(['admin'], { name: 'operator' });
const narrow = testKey(['predict', 'models:read'], { name: 'narrow', models: ['affine'] });
const narrowAdmin = testKey(['admin'], { name: 'narrow-admin', models: ['affine'] });
const expired = testKey(['admin'], { expires: '2026-01-02T00:00:00Z' });
const revoked = testKey(['admin'], { revoked: '2026-01-02T00:00:00Z' });
const all = [shop, reader, writer, admin, narrow, narrowAdmin, expired, revoked];
writeKeys(file, all);

const { port, log } = await startServer(t, {
  models,
  options: {
    apiKeysFile: file,
    defaultModel: 'brightness',
    modelControl: 'explicit',
    trafficRoutes: 'loopback',
    driftRoutes: 'loopback',
    logLevelRoute: 'loopback',
    corsOrigins: ['https://example.com'],
  },
});

const predict: WireRequest = { method: 'POST', path: '/v1/predict', body: plain([0, 0, 255]) };
const as = ({ key }: { readonly key: string }, request: WireRequest): WireRequest => ({
  ...request,
  headers: { authorization: `Bearer ${key}`, ...request.headers },
});
const ask = (request: WireRequest): Promise<WireResponse> => send(port, request);
const challengeOf = ({ headers }: WireResponse): string | undefined => headers.get('www-authenticate');

t.test('a key lets a request pass, as a bearer token and as x-api-key', async (t) => {
  t.equal((await ask(as(shop, predict))).status, 200);
  t.equal((await ask({ ...predict, headers: { 'x-api-key': shop.key } })).status, 200);
  t.equal((await ask({ ...predict, headers: { authorization: `bearer  ${shop.key}` } })).status, 200);
  t.equal(
    (await ask({ ...predict, headers: { authorization: 'Basic dTpw', 'x-api-key': shop.key } })).status,
    200,
    'a scheme for somebody else does not count',
  );
  const same = { authorization: `Bearer ${shop.key}`, 'x-api-key': shop.key };
  t.equal((await ask({ ...predict, headers: same })).status, 200, 'twice the same is clear');
});

t.test('without a key the answer says what is missing', async (t) => {
  for (const headers of [{}, { authorization: 'Basic dTpw' }] as const) {
    const answer = await ask({ ...predict, headers });
    t.equal(answer.status, 401);
    t.equal(jsonOf(answer)['code'], 'UNAUTHENTICATED');
    t.equal(challengeOf(answer), 'Bearer realm="ortolan"');
  }
});

const wrongSecret = `${shop.key.slice(0, -1)}${shop.key.endsWith('0') ? '1' : '0'}`;
for (const [what, key, says] of [
  ['a wrong secret', wrongSecret, 'The API key is not valid.'],
  ['an id that nobody has', testKey().key, 'The API key is not valid.'],
  ['a word', 'hunter2', 'The API key is not valid.'],
  ['the digest', shop.row.sha256, 'The API key is not valid.'],
  ['an expired key', expired.key, 'The API key has expired.'],
  ['a revoked key', revoked.key, 'The API key has been revoked.'],
] as const) {
  t.test(`${what} is refused`, async (t) => {
    const answer = await ask(as({ key }, predict));
    t.equal(answer.status, 401);
    t.match(jsonOf(answer), { code: 'UNAUTHENTICATED', error: says });
    t.equal(
      challengeOf(answer),
      `Bearer realm="ortolan", error="invalid_token", error_description="${says}"`,
    );
  });
}

for (const [what, head] of [
  ['two Authorization headers', `authorization: Bearer ${shop.key}\r\nauthorization: Bearer ${shop.key}\r\n`],
  ['two x-api-key headers', `x-api-key: ${shop.key}\r\nx-api-key: ${shop.key}\r\n`],
  ['two different credentials', `authorization: Bearer ${shop.key}\r\nx-api-key: ${reader.key}\r\n`],
  ['a bearer token of two words', `authorization: Bearer ${shop.key} ${reader.key}\r\n`],
  ['a bearer token that is empty', `authorization: Bearer\r\n`],
] as const) {
  t.test(`${what} are no credential`, async (t) => {
    const answer = await sendRaw(`GET /v1/models HTTP/1.1\r\nhost: x\r\n${head}\r\n`);
    t.equal(answer.status, 400);
    t.equal(jsonOf(answer)['code'], 'BAD_HEADER');
    t.match(challengeOf(answer), /error="invalid_request"/);
  });
}

const load: WireRequest = { method: 'POST', path: '/v2/repository/models/affine/load' };
const logLevel: WireRequest = { method: 'PUT', path: '/debug/log-level?level=DEBUG' };
const traffic: WireRequest = {
  method: 'PUT',
  path: '/v1/models/affine/traffic',
  body: '{}',
  headers: { 'content-type': 'application/json' },
};
const drift: WireRequest = {
  method: 'POST',
  path: '/v1/models/affine/drift/baseline',
  body: '{}',
  headers: { 'content-type': 'application/json' },
};
const ROUTES: readonly (readonly [string, WireRequest])[] = [
  ['predict', predict],
  ['read', { path: '/v1/models' }],
  ['metrics', { path: '/metrics' }],
  ['debug', { path: '/debug/live' }],
  ['load', load],
  ['traffic', traffic],
  ['drift', drift],
  ['log level', logLevel],
];

for (const [who, key, may] of [
  ['predict', shop, ['predict']],
  ['models:read', reader, ['read', 'metrics']],
  ['models:write', writer, ['read', 'metrics', 'load', 'traffic']],
  ['admin', admin, ROUTES.map(([name]) => name)],
] as const) {
  t.test(`the scope ${who} opens ${may.join(', ')}`, async (t) => {
    for (const [name, request] of ROUTES) {
      const answer = await ask(as(key, request));
      if ((may as readonly string[]).includes(name)) {
        t.equal(answer.status, 200, name);
      } else {
        t.equal(answer.status, 403, name);
        t.equal(jsonOf(answer)['code'], 'FORBIDDEN');
        t.match(challengeOf(answer), /error="insufficient_scope", scope="[a-z:]+"/);
      }
    }
  });
}

t.test('probes and documents need no key, and nothing is said about paths that are not there', async (t) => {
  for (const path of ['/health/live', '/health/ready', '/v2/health/ready', '/', '/docs', '/openapi.json']) {
    t.equal((await ask({ path })).status, 200, path);
  }
  t.equal((await ask({ path: '/nope' })).status, 404);
  for (const [name, request] of ROUTES) t.equal((await ask(request)).status, 401, name);
});

t.test('a key for some models uses and sees only those', async (t) => {
  const rows = { body: new Uint8Array(4 * 4), headers: { 'content-type': 'application/octet-stream' } };
  const allowed = await ask(as(narrow, { method: 'POST', path: '/v1/models/affine/predict', ...rows }));
  t.not(allowed.status, 403);
  t.not(allowed.status, 401);
  for (const path of [
    '/v1/predict',
    '/v1/models/brightness/predict',
    '/v1/models/brightness/versions/1/predict',
    '/v1/models/%62rightness/predict',
    '/v2/models/brightness/infer',
    '/v1/models/nope/predict',
  ]) {
    const answer = await ask(as(narrow, { ...predict, path }));
    t.match(jsonOf(answer), { code: 'FORBIDDEN' }, path);
  }
  for (const path of ['/v1/models/brightness', '/v2/models/brightness', '/v2/models/brightness/stats']) {
    t.equal((await ask(as(narrow, { path }))).status, 403, path);
  }
  t.match(jsonOf(await ask(as(narrow, { path: '/v1/models' }))), {
    default: undefined,
    models: [{ name: 'affine' }],
  });
  t.strictSame(jsonOf(await ask(as(narrow, { path: '/v2/models' }))), { models: ['affine'] });
  const index = jsonOf<{ name: string }[]>(
    await ask(as(narrow, { method: 'POST', path: '/v2/repository/index' })),
  );
  t.strictSame(new Set(index.map(({ name }) => name)), new Set(['affine']));
  const stats = jsonOf(await ask(as(narrow, { path: '/v2/models/stats' }))) as {
    model_stats: { name: string }[];
  };
  t.ok(stats.model_stats.every(({ name }) => name === 'affine'));
});

t.test('a key for some models changes only those, whatever the repository is called', async (t) => {
  for (const path of [
    '/v2/repository/models/brightness/load',
    '/v2/repository/affine/models/brightness/unload',
  ]) {
    t.equal((await ask(as(narrowAdmin, { method: 'POST', path }))).status, 403, path);
  }
  t.equal((await ask(as(narrowAdmin, load))).status, 200);
  for (const path of ['/metrics', '/debug/live', '/debug/batches']) {
    t.equal((await ask(as(narrowAdmin, { path }))).status, 403, path);
  }
});

t.test('a page of another site may ask whether it may send a key, and then has to send it', async (t) => {
  const headers = { origin: 'https://example.com', 'access-control-request-method': 'POST' };
  const preflight = await ask({ method: 'OPTIONS', path: '/v1/predict', headers });
  t.equal(preflight.status, 204);
  t.match(preflight.headers.get('access-control-allow-headers'), /authorization, x-api-key/);
  const answer = await ask({ ...predict, headers: { origin: 'https://example.com' } });
  t.equal(answer.status, 401);
  t.equal(answer.headers.get('access-control-allow-origin'), 'https://example.com');
});

t.test('the log says which key it was, and no line has a secret', async (t) => {
  await ask(as(shop, predict));
  const found = (): LogLine | undefined => log.find((one) => one['caller'] === `key:${shop.row.id}`);
  await until(() => found() !== undefined);
  t.match(found(), { message: 'request answered', route: '/v1/predict' });
  const text = JSON.stringify(log);
  for (const { key } of all) t.notMatch(text, new RegExp(key.slice(-64)));
  t.notMatch(text, /hunter2/);
});

t.test('the metrics count what became of credentials, and have no label of a client', async (t) => {
  const text = (await ask(as(admin, { path: '/metrics' }))).body.toString();
  for (const [kind, outcome] of [
    ['key', 'accepted'],
    ['key', 'unknown'],
    ['key', 'expired'],
    ['key', 'revoked'],
    ['key', 'malformed'],
    ['none', 'missing'],
    ['none', 'ambiguous'],
  ]) {
    t.match(text, new RegExp(`ortolan_authentications_total\\{kind="${kind}",outcome="${outcome}"\\} [1-9]`));
  }
  t.match(text, /^ortolan_api_keys 6$/m);
});

t.test(
  'keys change without a restart: a rename, a link that is swapped, and a broken file changes nothing',
  async (t) => {
    const second = testFolder(t);
    // As Kubernetes mounts a Secret.
    const version = (name: string, keys: Parameters<typeof writeKeys>[1]): void => {
      mkdirSync(join(second, name));
      writeKeys(join(second, name, 'keys.json'), keys);
      symlinkSync(name, join(second, '..data.new'));
      renameSync(join(second, '..data.new'), join(second, '..data'));
    };
    const [one, two, three] = [testKey(['models:read']), testKey(['models:read']), testKey(['models:read'])];
    version('v1', [one]);
    symlinkSync(join('..data', 'keys.json'), join(second, 'keys.json'));
    const running = await startServer(t, {
      models,
      options: { apiKeysFile: join(second, 'keys.json'), defaultModel: 'brightness' },
    });
    const status = async (key: { readonly key: string }): Promise<number> =>
      (await send(running.port, as(key, { path: '/v1/models' }))).status;
    t.equal(await status(one), 200);
    t.equal(await status(two), 401);

    version('v2', [one, two]);
    await until(async () => (await status(two)) === 200);
    t.equal(await status(one), 200, 'both are active');

    writeFileSync(join(second, 'v2', 'keys.json'), '{"version": 1, "keys": [');
    const refusal = (): LogLine | undefined =>
      running.log.find(({ message }) => String(message).includes('last good keys stay'));
    await until(() => refusal() !== undefined);
    t.match(refusal(), { level: 'ERROR', reason: /is not valid JSON/ });
    t.equal(await status(two), 200);

    version('v3', [two, three]);
    await until(async () => (await status(three)) === 200);
    t.equal(await status(one), 401);
  },
);

async function sendRaw(text: string): Promise<WireResponse> {
  const wire = await Wire.open(port);
  t.teardown(() => wire.leave());
  await wire.write(text);
  return (await wire.response())!;
}

t.test('a server that others can reach without authentication says so; one with keys does not', async (t) => {
  const warned = (lines: readonly LogLine[]): number =>
    lines.filter(({ message }) => String(message).startsWith('NO AUTHENTICATION')).length;
  const open = await startServer(t, { models, options: { host: '0.0.0.0', defaultModel: 'affine' } });
  t.equal(warned(open.log), 1);
  const closed = await startServer(t, {
    models,
    options: { host: '0.0.0.0', defaultModel: 'affine', apiKeysFile: file, openRoutes: ['none'] },
  });
  t.equal(warned(closed.log), 0);
  t.equal((await send(closed.port, { path: '/docs' })).status, 401);
  t.equal((await send(closed.port, as(shop, { path: '/docs' }))).status, 200, 'any key that is known');
});

t.test('a file of keys that cannot be used ends the start with a sentence', async (t) => {
  const bad = join(testFolder(t), 'keys.json');
  writeKeys(bad, all, 0o644);
  for (const [apiKeysFile, says] of [
    [bad, /can be read by every user/],
    [join(folder, 'none.json'), /does not exist/],
  ] as const) {
    await t.rejects(startServer(t, { models, options: { apiKeysFile, defaultModel: 'affine' } }), {
      name: 'StartError',
      message: says,
    });
  }
});
