/** What a program says of its arguments. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';
import { namesOf, numberFrom } from '../../../tools/process/program.ts';

const started = (...args: string[]) =>
  spawnSync(process.execPath, [join(import.meta.dirname, '../../../bench/compare.ts'), ...args], {
    encoding: 'utf8',
  });

t.test('a number is one of at least so much', async (t) => {
  t.equal(numberFrom(2)('2.5'), 2.5);
  for (const text of ['1', 'x', '', '-3']) t.throws(() => numberFrom(2)(text), /at least 2/, text);
});

t.test('names are those of a list', async (t) => {
  const read = namesOf(['micro', 'open loop']);
  t.strictSame(read('open loop,micro'), ['open loop', 'micro']);
  t.throws(() => read('micro,pods'), /There is no pods: micro, open loop\./);
});

t.test('--help prints the options, and nothing runs', async (t) => {
  const { status, stdout, stderr } = started('--help');
  t.equal(status, 0);
  t.match(stdout, /Usage: node bench\/compare\.ts .*--pairs <n>/s);
  t.equal(stderr, '');
});

t.test('an argument that is wrong is a sentence and code 2', async (t) => {
  for (const args of [[], ['HEAD', '--pairs', '3'], ['HEAD', '--no-such-option']]) {
    const { status, stderr } = started(...args);
    t.equal(status, 2);
    t.match(stderr, /^error: .*\n\(--help lists the options\)\n$/);
  }
});
