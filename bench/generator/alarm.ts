/**
 * Wakes the generator when an arrival is due, to some tens of microseconds: the event loop's own timers have whole
 * milliseconds, which would be a tenth of what is measured. A thread sleeps on a futex and posts; it does not spin
 * in between, because on a small machine a spinning generator takes its core from the server.
 */
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

interface Order {
  /** Milliseconds from `origin`, ascending. */
  readonly times: Float64Array;
  /** On the clock of now(). */
  readonly origin: number;
}

/** Milliseconds on a clock that threads have in common: each has a performance.now() of its own. */
const now = (): number => Number(process.hrtime.bigint()) / 1e6;

/**
 * Calls `due(count)` with how many arrivals are due by now, each time that more are; resolves after the last.
 * `origin` is on the clock of performance.now().
 */
export async function ring(times: Float64Array, origin: number, due: (count: number) => void): Promise<void> {
  const order: Order = { times, origin: now() + origin - performance.now() };
  const worker = new Worker(new URL(import.meta.url), { workerData: order });
  worker.on('message', due);
  await once(worker, 'exit');
}

if (!isMainThread && parentPort !== null) {
  const { times, origin } = workerData as Order;
  const nobody = new Int32Array(new SharedArrayBuffer(4));
  let count = 0;
  while (count < times.length) {
    const wait = origin + times[count]! - now();
    if (wait > 0) Atomics.wait(nobody, 0, 0, wait);
    const elapsed = now() - origin;
    const before = count;
    while (count < times.length && times[count]! <= elapsed) count++;
    if (count > before) parentPort.postMessage(count);
  }
}
