import t from 'tap';
import { isAbove, ONE_SIDED_99 } from '../../../src/traffic/guard/confidence.ts';

t.test('a share is above another only where the samples prove it', async (t) => {
  t.ok(isAbove({ count: 30, n: 1000 }, { count: 10, n: 1000 }, ONE_SIDED_99));
  t.notOk(isAbove({ count: 3, n: 100 }, { count: 1, n: 100 }, ONE_SIDED_99));
  t.notOk(isAbove({ count: 10, n: 1000 }, { count: 30, n: 1000 }, ONE_SIDED_99));
  t.notOk(isAbove({ count: 0, n: 100 }, { count: 0, n: 100 }, ONE_SIDED_99));
  t.notOk(isAbove({ count: 100, n: 100 }, { count: 0, n: 0 }, ONE_SIDED_99));
});
