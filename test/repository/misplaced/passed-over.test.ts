import t from 'tap';
import { foldersWithoutVersion } from '../../../src/repository/misplaced/passed-over.ts';
import { scanRepository } from '../../../src/repository/repository.ts';

const version = () => ({ 'model.onnx': 'bytes' });

t.test('folders without a version are named once, with every reason', async (t) => {
  const root = t.testdir({
    'net.onnx': '',
    good: { 1: version(), v2: version() },
    bad: { 1: version(), v2: version(), 'model.json': '{' },
    both: { v1: version(), latest: version() },
  });
  t.match(foldersWithoutVersion(await scanRepository(root)), [
    { name: 'both', reason: /^latest is not a version.*; v1 is not a version/ },
  ]);
  t.equal(foldersWithoutVersion(await scanRepository(root)).length, 1);
});
