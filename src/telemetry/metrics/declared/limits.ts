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
});
