/** How a child process ends: whether it has, and waiting until it has. Never waits for one that is gone. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Also true of one that could not be started. */
export const hasEnded = ({ pid, exitCode, signalCode }: ChildProcess): boolean =>
  pid === undefined || exitCode !== null || signalCode !== null;

/** Asks it to end, unless it has ended, and resolves when it has. */
export async function ended(child: ChildProcess, ask: () => void): Promise<void> {
  if (hasEnded(child)) return;
  const exit = once(child, 'exit');
  ask();
  await exit;
}
