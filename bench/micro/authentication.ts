/** What authentication costs a request on the thread that serves everyone, with its rules and without the look at its head. */
import {
  exportJWK,
  generateKeyPair,
  jwtVerify,
  decodeProtectedHeader,
  createLocalJWKSet,
  SignJWT,
} from 'jose';
import { systemClock as clock } from '../../src/clock.ts';
import { KeysAndTokens } from '../../src/guard/authentication.ts';
import { guardOf, type Guard } from '../../src/guard/guard.ts';
import { KeySet as ApiKeys } from '../../src/guard/keys/key-set.ts';
import { digestOfKey, newKey } from '../../src/guard/keys/key-text.ts';
import { parseKeySet, type KeySet } from '../../src/guard/token/key-set.ts';
import { KeySource } from '../../src/guard/token/key-source.ts';
import { Verdicts } from '../../src/guard/token/verdicts.ts';
import { Verifier } from '../../src/guard/token/verifier.ts';
import type { Exchange } from '../../src/http/exchange.ts';
import type { RouteFacts } from '../../src/http/route-facts.ts';
import { createMetrics } from '../../src/telemetry/metrics/metrics.ts';
import type { Work } from './timing.ts';

const ROUTE: RouteFacts = { pattern: '/v1/models/:model/predict', quiet: false, access: 'predict' };
const KEYS = 1000;
const MINUTE_MS = 60_000;

const exchangeWith = (credential?: string): Exchange =>
  ({
    head: {
      method: 'POST',
      parameters: ['iris'],
      origin: '',
      credentials: credential && [{ name: 'authorization', value: `Bearer ${credential}` }],
    },
    fromLoopback: true,
    identity: undefined,
  }) as unknown as Exchange;

export async function authenticationWorks(): Promise<readonly Work[]> {
  const keys = Array.from({ length: KEYS }, () => newKey());
  const rows = keys.map(({ id, text }) => ({
    id,
    name: 'shop',
    sha256: digestOfKey(text).toString('hex'),
    scopes: ['predict' as const],
    models: ['iris'],
    created: '2026-01-01T00:00:00Z',
  }));
  const tokens = await verifier();
  const metrics = createMetrics();
  const authentication = new KeysAndTokens({
    keys: { current: new ApiKeys(rows) },
    tokens: tokens.verifier,
    now: Date.now,
    checked: (kind, outcome) => metrics.authentications.inc({ kind, outcome }),
  });
  const rules = { operators: 'off', traffic: 'off', drift: 'off', models: 'off' } as const;
  const shared = { rules, open: new Set<never>(), defaultModel: 'iris', limits: undefined };
  const on = guardOf({ ...shared, authentication });
  const off = guardOf({ ...shared, authentication: undefined });
  const asked = (guard: Guard, exchange: Exchange) => (): unknown => guard(exchange, ROUTE) ?? exchange;
  const refused = exchangeWith(newKey().text);
  // Kept from here on.
  await on(exchangeWith(tokens.token), ROUTE);
  return [
    { name: 'authentication off', call: asked(off, exchangeWith()) },
    { name: `API key, one of ${KEYS}`, call: asked(on, exchangeWith(keys[KEYS / 2]!.text)) },
    {
      name: 'API key refused',
      call: () => {
        try {
          return on(refused, ROUTE);
        } catch (error) {
          return error;
        }
      },
    },
    {
      name: `token verified before, ${tokens.token.length} characters`,
      call: asked(on, exchangeWith(tokens.token)),
    },
  ];
}

async function verifier(): Promise<{ readonly verifier: Verifier; readonly token: string }> {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const text = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'a', alg: 'RS256' }] });
  const keys = new KeySource<KeySet>({
    read: async () => parseKeySet(text, createLocalJWKSet),
    clock,
    refreshMs: undefined,
    events: { keySetRead: () => undefined, keySetFailed: () => undefined },
  });
  await keys.read();
  const rules = { issuer: 'https://issuer', audiences: ['ortolan'], algorithms: ['RS256'], toleranceMs: 0 };
  // A verdict holds for a minute, and this may take longer.
  const still = { ...clock, now: () => 0 };
  const verdicts = new Verdicts(still, Date.now);
  const token = await new SignJWT({
    scope: 'predict',
    groups: Array.from({ length: 20 }, (_, at) => `group-${at}`),
  })
    .setProtectedHeader({ alg: 'RS256', kid: 'a' })
    .setIssuer(rules.issuer)
    .setAudience('ortolan')
    .setSubject('someone')
    .setExpirationTime(new Date(Date.now() + 100 * MINUTE_MS))
    .sign(privateKey);
  return {
    verifier: new Verifier({
      jose: { jwtVerify, decodeProtectedHeader },
      keys,
      rules,
      verdicts,
      now: Date.now,
    }),
    token,
  };
}
