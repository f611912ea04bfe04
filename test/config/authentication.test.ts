import t from 'tap';
import { loadConfig } from '../../src/config/load.ts';

const load = (env: Readonly<Record<string, string>>) =>
  loadConfig({ flags: {}, env: { HOME: '/home/someone', ...env }, cwd: import.meta.dirname });

const JWT = {
  ORTOLAN_JWT_JWKS: 'https://issuer.test/jwks',
  ORTOLAN_JWT_ISSUER: 'https://issuer.test/',
  ORTOLAN_JWT_AUDIENCE: 'ortolan',
};

t.test('a URL of a key set stays one, and a path is made absolute', async (t) => {
  t.equal(load(JWT).config.jwtJwks, 'https://issuer.test/jwks');
  t.equal(load({ ...JWT, ORTOLAN_JWT_JWKS: 'keys.json' }).config.jwtJwks, `${import.meta.dirname}/keys.json`);
});

for (const [what, env, says] of [
  ['tokens of any issuer', { ...JWT, ORTOLAN_JWT_ISSUER: '' }, /jwtIssuer: it is needed/],
  ['tokens for any service', { ...JWT, ORTOLAN_JWT_AUDIENCE: '' }, /jwtAudience: it is needed/],
  ['an issuer without its keys', { ORTOLAN_JWT_ISSUER: 'x' }, /jwtIssuer: it does nothing without jwtJwks/],
  ['an audience without keys', { ORTOLAN_JWT_AUDIENCE: 'x' }, /jwtAudience: it does nothing/],
  [
    'a shared secret',
    { ...JWT, ORTOLAN_JWT_ALGORITHMS: 'RS256,HS256' },
    /jwtAlgorithms: .* takes a list of RS256/,
  ],
  ['algorithm none', { ...JWT, ORTOLAN_JWT_ALGORITHMS: 'none' }, /jwtAlgorithms: /],
  [
    'a URL that is none',
    { ...JWT, ORTOLAN_JWT_JWKS: 'https://host:99999/' },
    /jwtJwks: it begins like a URL/,
  ],
  ['none and others', { ORTOLAN_OPEN_ROUTES: 'none,page' }, /openRoutes: none stands alone/],
  [
    'a public address without authentication, where that is refused',
    { ORTOLAN_HOST: '0.0.0.0', ORTOLAN_UNAUTHENTICATED: 'refuse' },
    /host: 0\.0\.0\.0 can be reached/,
  ],
] as const) {
  t.test(`${what} is a fault`, async (t) => {
    t.throws(() => load(env), { name: 'ConfigError', message: says });
  });
}

t.test('an address of this machine, or authentication, is no fault where the other is refused', async (t) => {
  for (const env of [
    { ORTOLAN_HOST: '::1' },
    { ORTOLAN_HOST: 'localhost' },
    { ORTOLAN_HOST: '::', ...JWT },
  ]) {
    t.doesNotThrow(() => load({ ORTOLAN_UNAUTHENTICATED: 'refuse', ...env }));
  }
});

t.test('keys that are read over http are doubted, but for those of this machine', async (t) => {
  const warnings = (url: string) =>
    load({ ...JWT, ORTOLAN_JWT_JWKS: url }).warnings.filter((one) => /jwtJwks/.test(one));
  t.equal(warnings('http://issuer.test/jwks').length, 1);
  t.equal(warnings('http://[::1]:8080/jwks').length, 0);
  t.equal(warnings('https://issuer.test/jwks').length, 0);
});
