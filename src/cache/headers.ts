/** What the cache adds to the answers to predictions. */
import type { Answer } from '../http/answer/answer.ts';
import type { CacheVisit } from './visit.ts';

type Header = readonly [string, string];

/** Of an answer. One in which something failed has no tag: the next try may succeed. */
export function cacheHeaders(visit: CacheVisit | undefined, failed: number): readonly Header[] {
  if (visit === undefined) return [];
  const status: Header = ['cache-status', visit.status];
  return visit.tag === undefined || failed > 0 ? [status] : [status, ['etag', visit.tag]];
}

/**
 * To a client that has the answer already. HTTP keeps 304 for GET and HEAD, and has 412 for the other methods, so that
 * nothing is changed twice. A prediction changes nothing: it is a GET whose query is too long for a URL, as the method
 * QUERY is, which gets 304; and 412 would tell the client that it has failed.
 */
export const notModified = (visit: CacheVisit): Answer => ({
  status: 304,
  contentType: '',
  body: '',
  headers: cacheHeaders(visit, 0),
});
