import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { externalFiles } from '../../src/onnx/external-data.ts';
import { identityModel } from '../../src/onnx/identity.ts';

t.test('it is a model with all its weights inside', (t) => {
  const file = join(t.testdir(), 'model.onnx');
  writeFileSync(file, identityModel({ name: 'image', datatype: 'UINT8', shape: [-1, 224, 224, 3] }));
  t.same(externalFiles(file), []);
  t.throws(
    () => identityModel({ name: 'image', datatype: 'INT64', shape: [1] }),
    /images do not become INT64/,
  );
  t.end();
});
