/**
 * What SIGTERM and SIGINT do to a server: the first drains it, a second one hurries. When the deadline passes
 * while a batch still runs, the signal is let through: its default action ends the process without touching
 * the threads, where process.exit() would abort inside onnxruntime.
 */

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** What is stopped; resolves with false when the deadline has passed first. */
export interface Stoppable {
  stop(reason: string): Promise<boolean>;
}

export function stopOnSignals(server: Stoppable): void {
  const onSignal = (signal: NodeJS.Signals): void => {
    void server.stop(signal).then((clean) => {
      for (const one of SIGNALS) process.off(one, onSignal);
      // Once stopped, nothing holds the event loop, and the process ends by itself with 0.
      if (!clean) process.kill(process.pid, 'SIGTERM');
    });
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
}
