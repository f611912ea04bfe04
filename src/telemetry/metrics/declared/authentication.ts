/** Who calls: credentials, and the keys that they are checked with. */
import type { Register } from '../register.ts';

export const authenticationMetrics = (register: Register) => ({
  authentications: register.counter(
    'ortolan_authentications_total',
    'Requests to routes that need credentials, by their kind (key, token, certificate, none) and what became of them: accepted, missing, ambiguous, malformed, unknown, expired, revoked, algorithm, unknown_key, signature, claims, no_keys.',
    ['kind', 'outcome'],
  ),
  apiKeys: register.gauge(
    'ortolan_api_keys',
    'API keys that were accepted when their file was read last: neither expired nor revoked.',
    [],
  ),
  apiKeyReads: register.counter(
    'ortolan_api_key_reads_total',
    'Times that the file of API keys was read, by outcome: ok, or failed, when the last good keys stay.',
    ['outcome'],
  ),
  keySetKeys: register.gauge('ortolan_jwks_keys', 'Keys in the key set of the issuer of tokens.', []),
  keySetReads: register.counter(
    'ortolan_jwks_reads_total',
    'Attempts to read the key set of the issuer of tokens, by outcome: ok, or failed, when the last good set stays.',
    ['outcome'],
  ),
  keySetAge: register.gauge(
    'ortolan_jwks_age_seconds',
    'How long ago the key set of the issuer of tokens was read; 0 when tokens are off, or none was read yet.',
    [],
  ),
});
