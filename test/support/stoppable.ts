/**
 * A process that obeys signals as the server does, around a server that does nothing: run by signals.test.ts.
 * Prints `ready`, then every reason it was stopped for, and SIGUSR2 and SIGHUP whenever they come. `node stoppable.ts clean|late [signals before it stops]`
 */
import { stopOnSignals, surviveHangup, toggleOnSignal } from '../../src/root/signals.ts';

const [outcome, signals = '1'] = process.argv.slice(2);
const { promise, resolve } = Promise.withResolvers<boolean>();
let asked = 0;

// As a listening socket would, this holds the process until it has stopped.
const listening = setInterval(() => undefined, 1 << 30);
stopOnSignals({
  stop(reason) {
    console.log(reason);
    if (++asked >= Number(signals)) {
      // A server that did not end in time is still there: something runs in it.
      if (outcome === 'clean') clearInterval(listening);
      resolve(outcome === 'clean');
    }
    return promise;
  },
});
toggleOnSignal((signal) => console.log(signal));
surviveHangup((signal) => console.log(signal));
console.log('ready');
