/** Tokens on a real server, with an issuer that replaces its keys, is down, silent, or talks nonsense. */
import { SignJWT } from 'jose';
import t, { type Test } from 'tap';
import { testFolder, testKey, writeKeys } from '../support/api-keys.ts';
import { jsonOf, send, until, type WireResponse } from '../support/http-client.ts';
import {
  AUDIENCE,
  ISSUER,
  Issuer,
  issuerKey,
  tokenOf,
  type Behaviour,
  type IssuerKey,
} from '../support/issuer.ts';
import { modelRepository } from '../support/model-repository.ts';
import { startServer, type Running } from '../support/start-server.ts';
import { affine } from '../support/tiny-models.ts';
import type { Config } from '../../src/config/schema.ts';

const models = modelRepository(t, { affine: affine() });

const start = (t: Pick<Test, 'teardown'>, options: Partial<Config>): Promise<Running> =>
  startServer(t, {
    models,
    options: {
      defaultModel: 'affine',
      jwtIssuer: ISSUER,
      jwtAudience: [AUDIENCE],
      jwtRefreshMs: 1000,
      cacheDir: testFolder(t),
      ...options,
    },
  });

const ask = (port: number, token: string, path = '/v1/models'): Promise<WireResponse> =>
  send(port, { path, headers: { authorization: `Bearer ${token}` } });
const statusOf = async (port: number, token: string, path?: string): Promise<number> =>
  (await ask(port, token, path)).status;

const first = await issuerKey('first');
const rsa = await issuerKey('rsa', 'RS256');
const ed = await issuerKey('ed', 'EdDSA');
const issuer = await Issuer.open(t, [first, rsa, ed]);
const folder = testFolder(t);
const shop = testKey(['predict']);
writeKeys(`${folder}/keys.json`, [shop]);
const { port, log } = await start(t, { jwtJwks: issuer.url, apiKeysFile: `${folder}/keys.json` });

t.test(
  'a token of the issuer lets a request pass, whatever its algorithm, and again without being verified',
  async (t) => {
    for (const key of [first, rsa, ed]) {
      const token = await tokenOf(key);
      t.equal(await statusOf(port, token), 200, key.alg);
      t.equal(await statusOf(port, token), 200, `${key.alg} once more`);
    }
  },
);

t.test('a key and a token are told apart, and both are taken', async (t) => {
  t.equal(await statusOf(port, shop.key), 403, 'the key is known, and has another scope');
  const twice = { authorization: `Bearer ${await tokenOf(first)}`, 'x-api-key': shop.key };
  t.equal((await send(port, { path: '/v1/models', headers: twice })).status, 400);
});

const now = Math.floor(Date.now() / 1000);
for (const [what, claims, says] of [
  ['has expired', { exp: now - 60 }, 'The token has expired.'],
  ['does not expire', { exp: undefined }, /^The exp of the token is missing/],
  ['is of nobody', { sub: undefined }, /^The sub of the token is missing/],
  ['is of an empty subject', { sub: '' }, /^The sub, scope or/],
  ['is of a subject that is a number', { sub: 5 }, /^The sub/],
  ['is of another issuer', { iss: 'https://evil.test/' }, /^The iss of the token/],
  ['is for somebody else', { aud: 'another' }, /^The aud of the token/],
  ['is for nobody', { aud: undefined }, /^The aud of the token/],
  ['is not valid yet', { nbf: now + 600 }, /^The nbf of the token/],
  ['has a scope of another form', { scope: { predict: true } }, /^The sub, scope or/],
  ['has models of another form', { ortolan_models: 5 }, /^The sub, scope or/],
] as const) {
  t.test(`a token that ${what} is refused`, async (t) => {
    const answer = await ask(port, await tokenOf(first, claims));
    t.equal(answer.status, 401);
    t.match(jsonOf(answer), { code: 'UNAUTHENTICATED', error: says });
    t.match(answer.headers.get('www-authenticate'), /error="invalid_token"/);
  });
}

t.test('clocks may differ a little', async (t) => {
  t.equal(await statusOf(port, await tokenOf(first, { exp: Math.floor(Date.now() / 1000) - 10 })), 200);
  t.equal(await statusOf(port, await tokenOf(first, { nbf: Math.floor(Date.now() / 1000) + 10 })), 200);
});

t.test('tokens that are forged or no tokens are refused', async (t) => {
  const good = await tokenOf(first);
  const [head, body, signature] = good.split('.') as [string, string, string];
  const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const other = await issuerKey('first');
  // With the public key of the issuer as a shared secret: whoever can read the key set could sign.
  const shared = await new SignJWT({ sub: 'x', scope: 'admin' })
    .setProtectedHeader({ alg: 'HS256', kid: 'first' })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setExpirationTime('5m')
    .sign(Buffer.from(JSON.stringify(first.jwk)));
  const forged: readonly (readonly [string, string])[] = [
    ['no signature', `${encoded({ alg: 'none' })}.${body}.`],
    ['algorithm none with a signature', `${encoded({ alg: 'none', kid: 'first' })}.${body}.${signature}`],
    ['a shared secret', shared],
    ['another key of the same name', await tokenOf(other)],
    [
      'other claims',
      `${head}.${encoded({ iss: ISSUER, aud: AUDIENCE, sub: 'x', exp: now + 99, scope: 'admin' })}.${signature}`,
    ],
    ['a key that it brings itself', await tokenOf(other, {}, { kid: 'mine', jwk: other.jwk })],
    [
      'an extension that is not known',
      await tokenOf(first, {}, { crit: ['x'], x: 1 }).catch(
        () => `${encoded({ alg: 'ES256', kid: 'first', crit: ['x'], x: 1 })}.${body}.${signature}`,
      ),
    ],
    ['an algorithm of another kind of key', await tokenOf({ ...rsa, kid: 'first' })],
    ['a kid that is a list', `${encoded({ alg: 'ES256', kid: ['first'] })}.${body}.${signature}`],
    ['a kid without end', await tokenOf(first, {}, { kid: 'x'.repeat(300) })],
    ['two parts', `${head}.${body}`],
    ['four parts', `${good}.x`],
    ['a head that is no JSON', `e30x.${body}.${signature}`],
    ['a word', 'hunter2'],
  ];
  for (const [what, token] of forged) {
    const answer = await ask(port, token);
    t.equal(answer.status, 401, what);
    t.equal(jsonOf(answer)['code'], 'UNAUTHENTICATED', what);
  }
  t.notMatch(JSON.stringify(log), /hunter2/);
});

t.test(
  'scopes come from scope or scp, as a text or a list; those of other services do not count',
  async (t) => {
    const may = async (claims: Readonly<Record<string, unknown>>): Promise<number> =>
      statusOf(port, await tokenOf(first, claims));
    t.equal(await may({ scope: undefined, scp: ['models:read'] }), 200);
    t.equal(await may({ scope: undefined, scp: 'openid models:read' }), 200);
    t.equal(await may({ scope: 'openid profile' }), 403);
    t.equal(await may({ scope: undefined }), 403);
    t.equal(await may({ scope: 'admin' }), 200);
  },
);

t.test('a token may name the models that it is for', async (t) => {
  const token = await tokenOf(first, { ortolan_models: ['other'] });
  t.equal(await statusOf(port, token, '/v1/models/affine'), 403);
  t.strictSame(jsonOf(await ask(port, token, '/v2/models')), { models: [] });
  t.equal(await statusOf(port, await tokenOf(first, { ortolan_models: 'affine' }), '/v1/models/affine'), 200);
});

t.test('the log names the subject, made safe', async () => {
  await ask(port, await tokenOf(first, { sub: 'eve\n{"level":"CRITICAL"}\u202e' }));
  await until(() => log.some(({ caller }) => String(caller).startsWith('token:eve\\u{a}')));
});

t.test(
  'a token of a key that is new is taken at once; the old key holds as long as it is published',
  async (t) => {
    const [old, next] = [await issuerKey('old'), await issuerKey('next')];
    const own = await Issuer.open(t, [old]);
    const running = await start(t, { jwtJwks: own.url, jwtRefreshMs: 3_600_000 });
    const before = await tokenOf(old);
    t.equal(await statusOf(running.port, before), 200);
    own.keys = [old, next];
    // The attempt of the start may have been a moment ago.
    const after = await tokenOf(next);
    await until(async () => (await statusOf(running.port, after)) === 200);
    t.equal(own.asked, 2, 'no refresh was due: the unknown key has asked for it');
    t.equal(await statusOf(running.port, before), 200);
  },
);

t.test('a key that is withdrawn no longer counts, for tokens that were verified before either', async (t) => {
  const [old, next] = [await issuerKey('old'), await issuerKey('next')];
  const own = await Issuer.open(t, [old, next]);
  const running = await start(t, { jwtJwks: own.url });
  const token = await tokenOf(old);
  t.equal(await statusOf(running.port, token), 200);
  own.keys = [next];
  await until(async () => (await statusOf(running.port, token)) === 401);
  t.equal(await statusOf(running.port, await tokenOf(next)), 200);
});

t.test('unknown keys do not make the server ask again and again', async (t) => {
  const own = await Issuer.open(t, [first]);
  const running = await start(t, { jwtJwks: own.url, jwtRefreshMs: 3_600_000 });
  const stranger = await issuerKey('stranger');
  await Promise.all(
    Array.from({ length: 30 }, async (_, index) =>
      statusOf(running.port, await tokenOf({ ...stranger, kid: `k${index}` })),
    ),
  );
  t.ok(own.asked <= 2, `asked ${own.asked} times`);
});

t.test('keys without names are tried in turn', async (t) => {
  const unnamed = (key: IssuerKey): IssuerKey => ({ ...key, jwk: { ...key.jwk, kid: undefined } as never });
  const [a, b] = [unnamed(await issuerKey('a')), unnamed(await issuerKey('b'))];
  const own = await Issuer.open(t, [a, b]);
  const running = await start(t, { jwtJwks: own.url });
  const without = (key: IssuerKey): Promise<string> => tokenOf(key, {}, { kid: undefined });
  t.equal(await statusOf(running.port, await without(a)), 200);
  t.equal(await statusOf(running.port, await without(b)), 200);
  t.equal(await statusOf(running.port, await without(await issuerKey('c'))), 401);
});

for (const behaviour of [
  'down',
  'silent',
  'garbled',
  'empty',
  'endless',
  'redirects',
] as const satisfies readonly Behaviour[]) {
  t.test(`an issuer that is ${behaviour} ends no service, and is back without a restart`, async (t) => {
    const own = await Issuer.open(t, [first]);
    const running = await start(t, { jwtJwks: own.url });
    own.behaviour = behaviour;
    const failed = (): boolean =>
      running.log.some(({ message }) => String(message).includes('the last good one stays'));
    await until(failed);
    t.equal(await statusOf(running.port, await tokenOf(first, { sub: 'new' })), 200);
    const { body } = await ask(running.port, await tokenOf(first, { scope: 'admin' }), '/metrics');
    t.match(body.toString(), /ortolan_jwks_reads_total\{outcome="failed"\} [1-9]/);
    t.match(body.toString(), /ortolan_jwks_age_seconds [0-9.]+/);
    const next = await issuerKey('next');
    own.keys = [next];
    own.behaviour = 'well';
    const token = await tokenOf(next);
    await until(async () => (await statusOf(running.port, token)) === 200);
  });
}

t.test(
  'a server that starts while the issuer is down refuses tokens as its own fault, until it has keys',
  async (t) => {
    const own = await Issuer.open(t, [first]);
    own.behaviour = 'down';
    const running = await start(t, { jwtJwks: own.url });
    const answer = await ask(running.port, await tokenOf(first));
    t.equal(answer.status, 503);
    t.match(jsonOf(answer), { code: 'KEYS_UNAVAILABLE', retryable: true });
    own.behaviour = 'well';
    const token = await tokenOf(first);
    await until(async () => (await statusOf(running.port, token)) === 200);
  },
);

t.test('a server that starts again while the issuer is down knows its keys from before', async (t) => {
  const own = await Issuer.open(t, [first]);
  const cacheDir = testFolder(t);
  const before = await start(t, { jwtJwks: own.url, cacheDir });
  t.equal(await statusOf(before.port, await tokenOf(first)), 200);
  own.behaviour = 'down';
  const after = await start(t, { jwtJwks: own.url, cacheDir });
  t.equal(await statusOf(after.port, await tokenOf(first)), 200);
});
