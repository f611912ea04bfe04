/**
 * Signal handlers. The first SIGTERM, SIGINT or SIGQUIT drains the server, a second one skips draining. When the deadline
 * passes while a batch is running, SIGTERM is sent with its default action, which ends the process at once; process.exit()
 * would end the threads first and abort inside onnxruntime. SIGUSR2 turns DEBUG on and off; SIGHUP and SIGUSR1 do nothing.
 *
 * Below bin/supervise a signal may come twice at once: from a terminal or from systemd, which signal the whole group, and
 * passed on. onceEach() takes both as one.
 */
import { onceEach } from './supervised.ts';

const STOPS = ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const;

export interface Stoppable {
  /** Resolves with false when the deadline has passed first. `reason`: for the log. */
  stop(reason: string): Promise<boolean>;
}

export function stopOnSignals(server: Stoppable): void {
  const onSignal = onceEach((signal: NodeJS.Signals): void => {
    void server.stop(signal).then((clean) => {
      for (const one of STOPS) process.off(one, onSignal);
      // Once stopped, nothing holds the event loop, and the process ends by itself with 0.
      if (!clean) process.kill(process.pid, 'SIGTERM');
    });
  });
  for (const signal of STOPS) process.on(signal, onSignal);
}

/**
 * Makes SIGUSR2 call `toggle`; without a handler it ends the process. It needs neither network nor shell in the container:
 * `kill -USR2`, `docker kill -s USR2`. Ignores SIGUSR1, on which Node would open its inspector, a port through which
 * clients can run any code.
 */
export function toggleOnSignal(toggle: (signal: string) => void): void {
  process.on('SIGUSR2', onceEach(toggle));
  process.on('SIGUSR1', () => undefined);
}

/**
 * Makes SIGHUP call `note`; without a handler it ends the process. It is sent when a terminal closes, and Node resets the
 * SIG_IGN that nohup sets.
 */
export function surviveHangup(note: (signal: string) => void): void {
  process.on('SIGHUP', onceEach(note));
}

/**
 * A file that reaches a limit of its size (`ulimit -f`) is an error of that write, EFBIG, as a full disk is. Without a listener
 * the signal ends the process.
 */
export function surviveFileLimit(): void {
  process.on('SIGXFSZ', () => undefined);
}
