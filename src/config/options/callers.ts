/** Options of what one caller may ask for, and of who the caller is. */
import Type from 'typebox';
import { about, MS } from '../option.ts';
import { secretOption } from '../secrets/file-option.ts';

const RATE = '[1-9]\\d{0,5}/(s|min|h|d)';
const MOST_ROWS = 1_000_000_000;

const rate = (description: string) =>
  Type.Optional(
    Type.String({
      pattern: `^${RATE}$`,
      ...about(description, {
        otherwise: 'no limit',
        accepts: 'a rate such as 50/s, 600/min, 10000/h or 100000/d',
        secret: false,
      }),
    }),
  );

const most = (description: string, otherwise: string, maximum: number) =>
  Type.Optional(Type.Integer({ minimum: 1, maximum, ...about(description, { otherwise, secret: false }) }));

export const CALLERS = {
  rateLimit: rate(
    'Requests that each address may send; beyond it they get 429 RATE_LIMITED. IPv6 addresses count by their /64, probes do not count, and callers with a key or a token count by that instead. Behind a proxy, set trustedProxies too.',
  ),
  rateLimitBurst: most(
    'Requests that an address may send at once, within its rate.',
    'as many as the rate counts',
    1_000_000,
  ),
  concurrencyLimit: most(
    'Requests of one address that this process works on at the same time; further ones get 429 RATE_LIMITED.',
    'no limit',
    1_000_000,
  ),
  dailyLimit: most(
    'Predictions of one address in 24 hours from its first; further ones get 429 QUOTA_EXCEEDED.',
    'no limit',
    MOST_ROWS,
  ),
  keyRateLimit: rate('As rateLimit, for each key and each user that has no rate of its own.'),
  keyRateLimitBurst: most(
    'As rateLimitBurst, for keys and users without a rate of their own.',
    'as many as the rate counts',
    1_000_000,
  ),
  keyConcurrencyLimit: most(
    'As concurrencyLimit, for each key and each user without its own.',
    'no limit',
    1_000_000,
  ),
  keyDailyLimit: most('As dailyLimit, for each key and each user without its own.', 'no limit', MOST_ROWS),
  rateLimitCost: Type.Enum(['requests', 'rows'], {
    default: 'requests',
    ...about(
      'What rates and daily limits count: requests, or rows (images, or rows of tensors). A prediction pays one row before its body is read and the others once they are known.',
    ),
  }),
  rateLimitHeaders: Type.Enum(['draft', 'envoy', 'both', 'off'], {
    default: 'draft',
    ...about(
      'How callers are told of their limits, on every answer: draft, RateLimit and RateLimit-Policy of the IETF draft; envoy, x-ratelimit-limit, -remaining and -reset.',
    ),
  }),
  ...secretOption(
    'rateLimitRedisUrl',
    Type.Optional(
      Type.Refine(
        Type.String({
          pattern: '^rediss?://\\S+$',
          ...about(
            'The Redis in which replicas share the rates and daily limits of callers: redis://user:password@host:6379/0, or rediss:// for TLS. While it does not answer, each replica enforces its share.',
            {
              secret: true,
              otherwise: 'none: each replica has its own',
              accepts: 'a redis:// or rediss:// URL',
            },
          ),
        }),
        (text) => URL.canParse(text),
      ),
    ),
  ),
  rateLimitRedisPrefix: Type.String({
    default: 'ortolan:limits',
    pattern: '^[^\\s{}]{1,64}$',
    ...about(
      'What the keys in that Redis begin with. Servers with the same one share the limits of their callers.',
      { accepts: 'a text of at most 64 characters, without spaces and braces' },
    ),
  }),
  rateLimitRedisTimeoutMs: Type.Integer({
    default: 10,
    minimum: 1,
    maximum: 1000,
    ...about(
      'Longest time that a request waits for Redis; it is then judged without it. After two such times in a row no request waits until Redis answers again.',
      MS,
    ),
  }),
  rateLimitReplicas: Type.Integer({
    default: 1,
    minimum: 1,
    maximum: 10_000,
    ...about(
      'How many replicas share a Redis: without it, each enforces that part of the rates and daily limits.',
    ),
  }),
  authFailureLimit: Type.String({
    pattern: `^(off|${RATE})$`,
    default: '60/min',
    ...about(
      'Requests without valid credentials that one address may send, where authentication is on; beyond it they get 429 RATE_LIMITED and are not looked at, unless valid ones have come from there within five minutes.',
      { accepts: 'off, or a rate such as 60/min', secret: false },
    ),
  }),
  trustedProxies: Type.Array(Type.String({ pattern: '^([1-9]\\d?|[\\da-fA-F.:]+(/\\d{1,3})?)$' }), {
    default: [],
    ...about(
      'Proxies in front of the server, which say in a header from which address a request came: their addresses and networks, or how many of them every request passes. Empty: the address of the connection is the client, and no header is believed.',
      { accepts: 'a list of addresses and networks such as 10.0.0.0/8, or one number' },
    ),
  }),
  trustedProxyHeader: Type.Enum(['x-forwarded-for', 'forwarded'], {
    default: 'x-forwarded-for',
    ...about(
      'The header in which the trusted proxies write. Clients can send the other one through a proxy that does not know it, so it is never read.',
    ),
  }),
} as const;
