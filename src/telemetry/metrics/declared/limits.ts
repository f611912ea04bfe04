/** Limits of callers: whom they refuse, and whether they are shared between replicas. */
import type { Register } from '../register.ts';

export const limitMetrics = (register: Register) => ({
  limitedRequests: register.counter(
    'ortolan_limited_requests_total',
    'Requests refused because their caller was over a limit, by what the caller is known by and which limit it was.',
    ['caller', 'limit'],
  ),
  limitedCallers: register.gauge(
    'ortolan_limited_callers',
    'Callers whose use of their limits this process remembers.',
    [],
  ),
  limitsShared: register.gauge(
    'ortolan_limits_shared',
    'Whether the limits of callers are shared through this store: 1, or 0 while it cannot be used and each replica enforces its share. Only where one is configured.',
    ['store'],
  ),
  limitsAlone: register.counter(
    'ortolan_limits_alone_total',
    'Requests that were judged without the shared store, because it did not answer in time or at all.',
    [],
  ),
});
