import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { pinnedVersion, stampOf } from '../../../bench/peers/environment.ts';

const PEERS = join(import.meta.dirname, '../../../bench/peers');

t.test('a stamp changes with the requirements and with Python, and with nothing else', (t) => {
  const stamp = stampOf('3.11', 'mosec==0.9.8\n');
  t.equal(stampOf('3.11', 'mosec==0.9.8\n'), stamp);
  t.not(stampOf('3.11', 'mosec==0.9.9\n'), stamp);
  t.not(stampOf('3.12', 'mosec==0.9.8\n'), stamp);
  t.end();
});

t.test('the version of a package is read from its pin', (t) => {
  const requirements =
    '# What is asked for.\nuvicorn[standard]==0.54.0\nray-haproxy==2.8.25\nray[serve]==2.60.0\n';
  t.equal(pinnedVersion(requirements, 'ray'), '2.60.0');
  t.equal(pinnedVersion(requirements, 'Uvicorn'), '0.54.0');
  t.throws(() => pinnedVersion(requirements, 'fastapi'), /do not pin fastapi/);
  t.end();
});

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
  t.end();
});
