/** Cross-origin answers: which pages of other sites may read what this server says. Off unless configured. */

type Header = readonly [string, string];

const EXPOSED =
  'x-request-id, server-timing, retry-after, traceresponse, inference-header-content-length, x-model-version, x-model-route, cache-status, etag';
const NONE: readonly Header[] = [];

/** Headers for the answer to a page of `origin`; none when it is not allowed. */
export function corsPolicy(allowed: readonly string[]): (origin: string) => readonly Header[] {
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
        ]
      : NONE;
}
