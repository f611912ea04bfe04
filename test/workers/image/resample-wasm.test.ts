import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const folder = fileURLToPath(new URL('../../../workers/image/', import.meta.url));
const manifest = createRequire(import.meta.url).resolve('assemblyscript/package.json');

t.test('the committed resample.wasm is byte for byte what its source compiles to', (t) => {
  const out = join(t.testdir(), 'resample.wasm');
  const compiler = join(dirname(manifest), 'bin', 'asc.js');
  execFileSync(process.execPath, [compiler, '--config', join(folder, 'asconfig.json'), '--outFile', out]);
  t.ok(readFileSync(out).equals(readFileSync(join(folder, 'resample.wasm'))), 'run `npm run build:wasm`');
  t.end();
});
