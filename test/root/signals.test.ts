import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import t from 'tap';
import type { Test } from 'tap';

const PROGRAM = join(import.meta.dirname, '../support/stoppable.ts');

const STOPS = ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const;

interface Program {
  readonly child: ChildProcess;
  /** The next line that it prints. */
  line(): Promise<string>;
  readonly exit: Promise<{ code: number | null; signal: string | null }>;
}

async function start(t: Test, ...args: readonly string[]): Promise<Program> {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  const exit = once(child, 'exit').then(([code, signal]) => ({ code, signal }));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<string> => String((await lines.next()).value);
  t.equal(await line(), 'ready');
  return { child, line, exit };
}

for (const signal of STOPS) {
  t.test(`${signal} stops the server, and the process ends by itself with 0`, async (t) => {
    const { child, line, exit } = await start(t, 'clean');
    child.kill(signal);
    t.equal(await line(), signal);
    t.same(await exit, { code: 0, signal: null });
  });
}

t.test('a second signal calls stop again', async (t) => {
  const { child, line, exit } = await start(t, 'clean', '2');
  child.kill('SIGINT');
  t.equal(await line(), 'SIGINT');
  child.kill('SIGTERM');
  t.equal(await line(), 'SIGTERM');
  t.same(await exit, { code: 0, signal: null });
});

for (const signal of STOPS) {
  t.test(
    `a server that did not stop in time after ${signal} ends by the signal's own action, 143`,
    async (t) => {
      const { child, exit } = await start(t, 'late');
      child.kill(signal);
      t.same(await exit, { code: null, signal: 'SIGTERM' }, 'which a shell calls 143');
    },
  );
}

const STAYS = {
  SIGUSR2: 'SIGUSR2 turns DEBUG on and off, as often as it comes, and stops nothing',
  SIGHUP: 'SIGHUP is noted, as often as it comes, and stops nothing',
};
for (const [signal, title] of Object.entries(STAYS)) {
  t.test(title, async (t) => {
    const { child, line, exit } = await start(t, 'clean');
    for (let times = 0; times < 3; times++) {
      child.kill(signal as NodeJS.Signals);
      t.equal(await line(), signal);
    }
    child.kill('SIGTERM');
    t.equal(await line(), 'SIGTERM');
    t.same(await exit, { code: 0, signal: null });
  });
}
