// A leak for the soak to find: a kilobyte for each message of a socket or a thread, kept for ever. Main thread only.
import { isMainThread } from 'node:worker_threads';

if (isMainThread) {
  const kept = [];
  const { stringify } = JSON;
  // Each answer is made by it.
  JSON.stringify = (...args) => {
    kept.push(Buffer.alloc(4096, kept.length));
    return stringify(...args);
  };
}
