/** What the clients are installed from is fixed, so that a check that fails has found a change of ours. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { packagesOf } from './debian-libraries.ts';

const PINNED = join(import.meta.dirname, 'pinned');
const linesOf = (file: string): string[] =>
  readFileSync(join(PINNED, file), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

t.test('every requirement of the Python clients is pinned', async (t) => {
  const files = readdirSync(PINNED).filter((file) => file.startsWith('requirements-'));
  t.equal(files.length, 6);
  for (const file of files) {
    for (const line of linesOf(file)) t.match(line, /^[\w.-]+(\[[\w,-]+\])?==[\w.+]+$/, file);
  }
});

t.test('perf_analyzer and the libraries that it runs on are pinned by what they contain', async (t) => {
  for (const line of linesOf('perf-analyzer.txt'))
    t.match(line, /^[\w.-]+==[\w.]+ --hash=sha256:[0-9a-f]{64}$/);
  const packages = packagesOf(readFileSync(join(PINNED, 'perf-analyzer-libraries.txt'), 'utf8'));
  t.ok(packages.length > 0);
  for (const { name, version, sha256 } of packages) {
    t.match(version, /^[\w.:+~-]+$/, name);
    t.match(sha256, /^[0-9a-f]{64}$/, name);
  }
});
