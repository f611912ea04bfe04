/**
 * The entry of a process that has the sessions of one version for one worker thread. It answers one question after the
 * other, and ends with that thread.
 */
import { Session } from '../session.ts';
import { dieWithParent } from './die-with-parent.ts';
import type { Ask, Reply } from './messages.ts';

let session: Session | undefined;
let last: Promise<unknown> = Promise.resolve();

// The server ends it; a signal to the whole group is for the server, which finishes its requests first.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const) {
  process.on(signal, () => undefined);
}
// While a run blocks this thread, only the kernel can end the process: dieWithParent().
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
await dieWithParent();

process.on('message', (ask: Ask) => {
  last = last.then(async () => {
    const reply: Reply = await answer(ask).then((value) => ({ value }), failed);
    process.send?.(reply);
  });
});
process.send?.({ value: 'up' } satisfies Reply);

async function failed(thrown: unknown): Promise<Reply> {
  const error = thrown instanceof Error ? thrown.message : String(thrown);
  const lost = await session?.lost();
  return lost === undefined ? { error } : { error: lost, lost: true };
}

async function answer(ask: Ask): Promise<unknown> {
  switch (ask.kind) {
    case 'create':
    case 'open': {
      const opened = await (ask.kind === 'create' ? Session.create(ask.task) : Session.open(ask.task));
      if ('code' in opened) return opened;
      session = opened;
      return opened.report;
    }
    case 'run':
      return held().run(ask.values, ask.width);
    case 'warm':
      return held().warm(ask.rows, ask.width);
    case 'widen':
      return held().widen();
  }
}

function held(): Session {
  if (session === undefined)
    throw new Error('This is a bug: a process was asked to run before it has opened its model.');
  return session;
}
