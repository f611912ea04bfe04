import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { pinnedVersion } from '../../../src/python/environment.ts';

const PEERS = join(import.meta.dirname, '../../../bench/peers');

t.test('every requirement is pinned, and every peer has the same onnxruntime and Pillow', (t) => {
  const files = readdirSync(PEERS).filter((file) => /^requirements-.*\.txt$/.test(file));
  t.ok(files.length > 0);
  const seen = new Set<string>();
  for (const file of files) {
    const requirements = readFileSync(join(PEERS, file), 'utf8');
    for (const line of requirements.split('\n').filter((text) => text !== '' && !text.startsWith('#')))
      t.match(line, /^[\w.-]+(\[[\w,-]+\])?==[\w.+]+$/, file);
    seen.add(`${pinnedVersion(requirements, 'onnxruntime')} ${pinnedVersion(requirements, 'pillow')}`);
  }
  t.equal(seen.size, 1);
  const { dependencies } = JSON.parse(readFileSync(join(PEERS, '../../package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  t.match([...seen][0], `${dependencies['onnxruntime-node']} `, 'and ours has that one, too');
  t.end();
});
