/** bin/supervise over small shell programs in the place of the server, in each shell that is here. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import t, { type Test } from 'tap';
import { childrenOf } from '../../tools/process/descendants.ts';
import { LAUNCHER } from './ortolan.ts';

const SUPERVISE = join(dirname(LAUNCHER), 'supervise');

/** dash is Debian's sh and that of the image, bash that of other systems. */
const SHELLS = ['/bin/sh', '/bin/dash', '/bin/bash'].filter((shell) => existsSync(shell));

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;

interface Supervised {
  readonly child: ChildProcess;
  /** The next line of what the program prints. */
  line(): Promise<string>;
  readonly exit: Promise<{ code: number | null; signal: string | null; err: string }>;
}

function start(
  t: Test,
  shell: string,
  program: string,
  { env = {}, by = '/bin/sh' }: { readonly env?: Record<string, string>; readonly by?: string } = {},
): Supervised {
  const file = join(t.testdir(), 'program');
  writeFileSync(file, program);
  const child = spawn(shell, [SUPERVISE, by, file, 'serve', 'a b'], {
    env: { PATH: '/usr/bin:/bin', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  let err = '';
  child.stderr.on('data', (data: Buffer) => (err += data.toString()));
  const exit = once(child, 'close').then(([code, signal]) => ({ code, signal, err }));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { child, exit, line: async () => String((await lines.next()).value) };
}

for (const shell of SHELLS) {
  t.test(`${shell}: passes its arguments on, and ends with the code of the server`, async (t) => {
    for (const code of [0, 1, 2]) {
      const { line, exit } = start(t, shell, `echo "$@"; exit ${code}`);
      t.equal(await line(), 'serve a b');
      t.same(await exit, { code, signal: null, err: '' });
    }
  });

  for (const signal of ['ABRT', 'BUS', 'FPE', 'ILL', 'SEGV', 'TRAP']) {
    t.test(`${shell}: SIG${signal} starts it again, and it is told of what came before`, async (t) => {
      const program = `echo "$$ $ORTOLAN_CRASHED"; [ -n "$ORTOLAN_CRASHED" ] || kill -${signal} $$; exit 7`;
      const { line, exit } = start(t, shell, program);
      const [first] = (await line()).split(' ');
      t.match(await line(), new RegExp(`^\\d+ ${first} ${signal}$`));
      t.same(await exit, { code: 7, signal: null, err: '' });
    });
  }

  t.test(`${shell}: gives up at the sixth crash within a minute, with its code and a sentence`, async (t) => {
    const { exit } = start(t, shell, 'kill -FPE $$');
    t.same(await exit, {
      code: 136,
      signal: null,
      err: 'ortolan: SIGFPE has ended the server 6 times within a minute: it is not started again.\n',
    });
    const less = start(t, shell, 'echo; kill -FPE $$', { env: { ORTOLAN_CRASH_RESTARTS: '1' } });
    t.match(await less.exit, { code: 136, err: / 2 times / });
  });

  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    t.test(`${shell}: ends by ${signal} as the server does`, async (t) => {
      const { exit } = start(t, shell, `kill -${signal.slice(3)} $$`);
      const { code, signal: by, err } = await exit;
      t.equal(by, signal);
      t.equal(code, null);
      t.equal(err, '');
    });
  }

  t.test(`${shell}: passes each signal on, once and at once`, async (t) => {
    // Node, since a shell cannot listen to what was ignored when it began: SIGINT and SIGQUIT below another shell.
    const program = `for (const name of ${JSON.stringify(SIGNALS)}) process.on(name, () => console.log(name));
      console.log('up'); setInterval(() => undefined, 1e6)`;
    const { child, line, exit } = start(t, shell, program, { by: process.execPath });
    t.equal(await line(), 'up');
    for (const name of SIGNALS) {
      child.kill(name);
      t.equal(await line(), name);
    }
    process.kill(childrenOf(child.pid!)[0]!, 'SIGKILL');
    t.match(await exit, { signal: 'SIGKILL' });
  });

  t.test(`${shell}: a crash after a signal to stop is the end`, async (t) => {
    const { child, line, exit } = start(
      t,
      shell,
      `trap 'kill -SEGV $$' TERM\necho up\nwhile :; do sleep 0.1; done`,
    );
    await line();
    child.kill('SIGTERM');
    t.match(await exit, { code: 139 });
  });

  t.test(`${shell}: replaces itself where nothing is to be restarted`, async (t) => {
    const { child, line, exit } = start(t, shell, 'echo $$; kill -FPE $$', {
      env: { ORTOLAN_CRASH_RESTARTS: '0' },
    });
    t.equal(Number(await line()), child.pid);
    t.match(await exit, { signal: 'SIGFPE' });
  });
}
