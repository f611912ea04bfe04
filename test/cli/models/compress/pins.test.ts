/** What makes models is fixed to the last digit, and its onnxruntime is the server's. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { pinnedVersion } from '../../../../src/python/environment.ts';
import { ROOT } from '../../ortolan.ts';

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };

for (const name of ['int8', 'prune']) {
  t.test(`every requirement of ${name} is pinned`, (t) => {
    const requirements = read(`models/compress/requirements-${name}.txt`);
    const lines = requirements.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    t.ok(lines.length > 5);
    for (const line of lines) t.match(line, /^[\w.-]+==[\w.]+$/);
    t.equal(pinnedVersion(requirements, 'onnxruntime'), dependencies['onnxruntime-node']);
    t.end();
  });
}
