import t from 'tap';
import { directivesOf } from '../../src/cache/directives.ts';
import { cacheStatus } from '../../src/cache/status.ts';

/** Payloads, hits, joined, stored, Cache-Control of the request. */
const CASES: Readonly<Record<string, readonly [number, number, number, number, string]>> = {
  'ortolan; hit': [2, 2, 0, 0, ''],
  'ortolan; fwd=miss; stored': [1, 0, 0, 1, ''],
  'ortolan; fwd=miss': [1, 0, 0, 0, ''],
  'ortolan; fwd=miss; collapsed': [1, 0, 1, 0, ''],
  'ortolan; fwd=miss; stored; collapsed': [2, 0, 1, 1, ''],
  'ortolan; fwd=partial; stored; detail="2 of 3 hit"': [3, 2, 0, 1, ''],
  'ortolan; fwd=partial; detail="1 of 3 hit"': [3, 1, 0, 1, ''],
  'ortolan; fwd=request; stored': [1, 0, 0, 1, 'no-cache'],
  'ortolan; fwd=bypass': [1, 0, 0, 0, 'no-store'],
};

for (const [status, [payloads, hits, joined, stored, cacheControl]] of Object.entries(CASES)) {
  t.test(status, (t) => {
    t.equal(cacheStatus({ payloads, hits, joined, stored }, directivesOf(cacheControl)), status);
    t.end();
  });
}
