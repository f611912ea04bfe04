/**
 * What signals do to a server. The first SIGTERM, SIGINT or SIGQUIT drains it, a second one hurries. When the deadline
 * passes while a batch still runs, the signal is let through: its default action ends the process without touching the
 * threads, where process.exit() would abort inside onnxruntime. SIGUSR2 turns DEBUG on and off; SIGHUP and SIGUSR1 do
 * nothing.
 */

const STOPS = ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const;

/** What is stopped; resolves with false when the deadline has passed first. */
export interface Stoppable {
  stop(reason: string): Promise<boolean>;
}

export function stopOnSignals(server: Stoppable): void {
  const onSignal = (signal: NodeJS.Signals): void => {
    void server.stop(signal).then((clean) => {
      for (const one of STOPS) process.off(one, onSignal);
      // Once stopped, nothing holds the event loop, and the process ends by itself with 0.
      if (!clean) process.kill(process.pid, 'SIGTERM');
    });
  };
  for (const signal of STOPS) process.on(signal, onSignal);
}

/**
 * SIGUSR2 calls `toggle`, from now on: before, it would end the process. It needs neither network nor shell in the
 * container: `kill -USR2`, `docker kill -s USR2`. SIGUSR1 is taken from Node, which would open its inspector: a port that
 * lets its clients run any code.
 */
export function toggleOnSignal(toggle: (signal: string) => void): void {
  process.on('SIGUSR2', toggle);
  process.on('SIGUSR1', () => undefined);
}

/**
 * SIGHUP calls `note` and ends nothing, from now on. It comes when a terminal closes; Node undoes what nohup does against
 * it.
 */
export function surviveHangup(note: (signal: string) => void): void {
  process.on('SIGHUP', note);
}
