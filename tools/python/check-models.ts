/** `make check-models`: runs models/export/check in an environment of its own. Says so where that cannot be made. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { EnvironmentLack, environmentOf } from '../../src/python/environment.ts';

const CHECK = join(import.meta.dirname, '../../models/export/check');
/** The pins are for these. */
const PYTHONS = ['3.11', '3.12', '3.13'];

try {
  const bin = await environmentOf(CHECK, 'check', PYTHONS);
  const child = spawn(join(bin, 'python'), [CHECK, ...process.argv.slice(2)], { stdio: 'inherit' });
  const [code] = (await once(child, 'close')) as [number | null];
  process.exitCode = code ?? 1;
} catch (error) {
  if (!(error instanceof EnvironmentLack)) throw error;
  console.log(`NOT CHECKED: ${error.message}`);
  console.log('0 passed, 0 failed, 1 skipped');
}
