import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { postureOf } from '../../../src/config/self-check/posture.ts';

t.test('finds folders on the way to the models that every user may write to', (t) => {
  const outer = t.testdir({ models: {} });
  const models = join(outer, 'models');
  const found = (): readonly string[] =>
    postureOf(models, {}).openFolders.filter((folder) => folder.startsWith(outer));
  t.strictSame(found(), []);
  chmodSync(models, 0o777);
  t.strictSame(found(), [models]);
  chmodSync(models, 0o1777);
  t.strictSame(found(), [models], 'a model can be added there');
  chmodSync(models, 0o755);
  chmodSync(outer, 0o777);
  t.strictSame(found(), [outer], 'the folder can be replaced there');
  chmodSync(outer, 0o1777);
  t.strictSame(found(), [], 'as in /tmp, it cannot');
  t.strictSame(postureOf('/nowhere/at/all', {}).openFolders, []);
  t.end();
});

t.test('knows containers and debuggers', (t) => {
  t.equal(postureOf('/', { KUBERNETES_SERVICE_HOST: '10.0.0.1' }).container, true);
  t.equal(postureOf('/', { NODE_OPTIONS: '--inspect=0.0.0.0:9229' }).inspected, true);
  t.equal(postureOf('/', { NODE_OPTIONS: '--inspect-brk' }).inspected, true);
  t.equal(postureOf('/', { NODE_OPTIONS: '--max-old-space-size=100' }).inspected, false);
  t.end();
});
