import t from 'tap';
import { policyFaults, servedBy } from '../../../src/repository/model-json/version-policy.ts';

const FOUND = ['1', '2', '9', '10'];

t.test('all versions are served, the latest, or those that are named', async (t) => {
  t.strictSame(servedBy('all', FOUND), FOUND);
  t.strictSame(servedBy({ latest: 2 }, FOUND), ['9', '10']);
  t.strictSame(servedBy({ latest: 7 }, FOUND), FOUND);
  t.strictSame(servedBy({ specific: [10, 2] }, FOUND), ['2', '10']);
});

t.test('a version that is named and is not there is a fault', async (t) => {
  t.strictSame(policyFaults({ specific: [1, 3] }, FOUND), [
    '/versionPolicy/specific/1 is 3, but there is 1, 2, 9, 10',
  ]);
  t.strictSame(policyFaults({ latest: 5 }, FOUND), []);
});
