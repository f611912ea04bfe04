/**
 * A process with the signal handlers of the server around a server that does nothing, run by signals.test.ts. Prints
 * `ready`, then the reason of every stop, and every SIGUSR2 and SIGHUP.
 *
 *   node stoppable.ts clean|late [signals before it stops]
 */
import { stopOnSignals, surviveHangup, toggleOnSignal } from '../../src/root/signals.ts';

const [outcome, signals = '1'] = process.argv.slice(2);
const { promise, resolve } = Promise.withResolvers<boolean>();
let asked = 0;

// Keeps the process alive until it has stopped, like a listening socket.
const listening = setInterval(() => undefined, 1 << 30);
stopOnSignals({
  stop(reason) {
    console.log(reason);
    if (++asked >= Number(signals)) {
      // A server that did not stop in time is still running.
      if (outcome === 'clean') clearInterval(listening);
      resolve(outcome === 'clean');
    }
    return promise;
  },
});
toggleOnSignal((signal) => console.log(signal));
surviveHangup((signal) => console.log(signal));
console.log('ready');
