import { spawn } from 'node:child_process';
import { once } from 'node:events';
import t from 'tap';

/** Writes that many bytes to stdout, and reports the result of the last write on stderr. */
const PROGRAM = `
  import { writeSync } from 'node:fs';
  const { openStdout } = await import(${JSON.stringify(new URL('../../../src/telemetry/log/stdout.ts', import.meta.url).href)});
  const { write } = openStdout();
  let written = 0;
  try {
    while (written < 10_000_000) written += write('x'.repeat(999) + '\\n');
    writeSync(2, 'all was taken');
  } catch (error) {
    writeSync(2, error.code);
  }
`;

t.test('a write to a full pipe fails with EAGAIN', async (t) => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM], { stdio: 'pipe' });
  t.teardown(() => child.kill('SIGKILL'));
  const [text] = await Promise.all([child.stderr.setEncoding('utf8').toArray(), once(child, 'exit')]);
  t.equal(text.join(''), 'EAGAIN');
});

t.test('a file takes every write', async (t) => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [text] = await Promise.all([child.stderr.setEncoding('utf8').toArray(), once(child, 'exit')]);
  t.equal(text.join(''), 'all was taken');
});
