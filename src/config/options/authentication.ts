/** Options of authentication: who may call. */
import Type from 'typebox';
import { about, HOUR_MS, MS } from '../option.ts';

/** Algorithms with a public key. Those with a shared one are not offered: a key set is public. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const;

export const AUTHENTICATION = {
  apiKeysFile: Type.Optional(
    Type.String({
      minLength: 1,
      ...about(
        'File of the API keys that are accepted, made by `ortolan keys create`: a request then needs a key. It is read again when it changes, and must not be readable by every user of the machine.',
        { path: true, secret: false, otherwise: 'none: no API key is asked for', accepts: 'a path' },
      ),
    }),
  ),
  jwtJwks: Type.Optional(
    Type.String({
      minLength: 1,
      ...about(
        'The keys with which the issuer of tokens (JWT) signs, a JWK set: its URL, or a file. A request then needs a token, or an API key if those are on too. The set is read again in the background; while that fails, the last good one holds.',
        { path: true, secret: false, otherwise: 'none: no token is taken', accepts: 'a URL or a path' },
      ),
    }),
  ),
  jwtIssuer: Type.Optional(
    Type.String({
      minLength: 1,
      ...about('What `iss` of a token must be. Needed with jwtJwks.', { otherwise: 'none' }),
    }),
  ),
  jwtAudience: Type.Array(Type.String({ minLength: 1 }), {
    default: [],
    ...about('What `aud` of a token must be, or contain: one of these. Needed with jwtJwks.', {
      accepts: 'a list of audiences',
    }),
  }),
  jwtAlgorithms: Type.Array(Type.Enum([...ALGORITHMS]), {
    default: ['RS256', 'PS256', 'ES256', 'EdDSA'],
    minItems: 1,
    ...about('Algorithms that a token may be signed with.', {
      accepts: `a list of ${ALGORITHMS.join(', ')}`,
    }),
  }),
  jwtRefreshMs: Type.Integer({
    default: 300_000,
    minimum: 1000,
    maximum: 24 * HOUR_MS,
    ...about(
      'How often the key set is read from its URL. A token with a key that is not in it makes the server read it at once, at most every 10 s.',
      MS,
    ),
  }),
  jwtToleranceMs: Type.Integer({
    default: 30_000,
    minimum: 0,
    maximum: 300_000,
    ...about('By how much the clocks of the issuer and of the server may differ.', MS),
  }),
  openRoutes: Type.Array(Type.Enum(['none', 'page', 'metrics', 'debug']), {
    default: ['page'],
    minItems: 1,
    ...about(
      'Routes that need no credentials although authentication is on, beside the probes: page is /, /docs and /openapi.json, metrics is /metrics, debug is GET /debug/*; none: all need some. Not with tlsClientCaFile, where all but probes need a certificate.',
      { accepts: 'none, or a list of page, metrics, debug' },
    ),
  }),
  unauthenticated: Type.Enum(['warn', 'refuse'], {
    default: 'warn',
    ...about(
      'What happens at a start without authentication on another address than 127.0.0.1: a warning, or an error that ends the start.',
    ),
  }),
} as const;
