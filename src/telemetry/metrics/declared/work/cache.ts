/** The cache of answers. */
import type { Register } from '../../register.ts';

export const cacheMetrics = (register: Register) => ({
  cacheLookups: register.counter(
    'ortolan_cache_lookups_total',
    'Rows that were looked up in the cache of answers: hit, collapsed (an equal row was in flight), or miss.',
    ['model', 'version', 'result'],
  ),
  cacheEvictions: register.counter(
    'ortolan_cache_evictions_total',
    'Results that left the cache of answers to make room for others.',
    [],
  ),
  cacheBytes: register.gauge('ortolan_cache_bytes', 'Memory of the results in the cache of answers.', []),
  cacheBytesLimit: register.gauge('ortolan_cache_bytes_limit', 'Limit of ortolan_cache_bytes; 0: off.', []),
  cacheEntries: register.gauge('ortolan_cache_entries', 'Results in the cache of answers.', []),
});
