import t from 'tap';
import { directivesOf } from '../../src/cache/directives.ts';

const ALL = { reads: true, stores: true };
const FRESH = { reads: false, stores: true };
const NOTHING = { reads: false, stores: false };

const CASES: readonly (readonly [string, { reads: boolean; stores: boolean }])[] = [
  ['', ALL],
  ['max-age=60', ALL],
  ['no-transform, only-if-cached', ALL],
  ['no-cache', FRESH],
  ['No-Cache', FRESH],
  ['max-age=0', FRESH],
  ['no-transform ,  no-cache', FRESH],
  ['no-store', NOTHING],
  ['no-cache,no-store', NOTHING],
  ['x-no-store, =, ,', ALL],
];

for (const [value, directives] of CASES) {
  t.test(`Cache-Control "${value}"`, (t) => {
    t.strictSame(directivesOf(value), directives);
    t.end();
  });
}
