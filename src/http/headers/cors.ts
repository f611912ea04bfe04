/** Cross-origin answers: which pages of other sites may read what this server says. Off unless configured. */

type Header = readonly [string, string];

const EXPOSED =
  'x-request-id, server-timing, retry-after, traceresponse, inference-header-content-length, x-model-version, x-model-route, cache-status, etag, www-authenticate, ratelimit, ratelimit-policy, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset';

/** Headers that pages of allowed origins may send. */
const SENT_BY_PAGES =
  'authorization, x-api-key, content-type, content-encoding, x-request-id, x-request-timeout-ms, inference-header-content-length, cache-control, if-none-match, traceparent, tracestate';

const NONE: readonly Header[] = [];
const CREDENTIALS: readonly Header[] = [['access-control-allow-credentials', 'true']];

/**
 * Headers for the answer to a page of `origin`; none when it is not allowed. `credentials`: the browser may show what it has
 * for the server by itself; browsers do not believe it beside a star.
 */
export function corsPolicy(
  allowed: readonly string[],
  credentials = false,
): (origin: string) => readonly Header[] {
  if (allowed.includes('*')) {
    const headers = [
      ['access-control-allow-origin', '*'],
      ['access-control-expose-headers', EXPOSED],
    ] as const;
    return () => headers;
  }
  const origins = new Set(allowed);
  return (origin) =>
    origins.has(origin)
      ? [
          ['access-control-allow-origin', origin],
          // A cache must not give one site's answer to another.
          ['vary', 'Origin'],
          ['access-control-expose-headers', EXPOSED],
          ...(credentials ? CREDENTIALS : NONE),
        ]
      : NONE;
}

/** Headers of the answer to a page that asks what it may send to a path. `kept`: names of headers that handlers want. */
export const preflightHeaders = (
  methods: string,
  kept: readonly string[],
  maxAgeSeconds: number,
): readonly Header[] => [
  ['access-control-allow-methods', methods],
  ['access-control-allow-headers', [SENT_BY_PAGES, ...kept].join(', ')],
  ['access-control-max-age', String(maxAgeSeconds)],
];
