/** Prepares references in threads, one after the other: a server with many models starts one thread at a time. */
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Preparation, Prepared } from './preparing.ts';

/** TypeScript in the sources, JavaScript in dist. */
const THREAD_FILE = new URL(`./thread${extname(import.meta.url)}`, import.meta.url);

/** Heap of JavaScript of the thread: the largest reference takes some 20. */
const HEAP_MIB = 256;

let last: Promise<unknown> = Promise.resolve();

/** Rejects when the thread ends without a result. */
export function prepareInThread(task: Preparation): Promise<Prepared> {
  const prepared = last.then(() => run(task));
  last = prepared.catch(() => undefined);
  return prepared;
}

function run(task: Preparation): Promise<Prepared> {
  const { promise, resolve, reject } = Promise.withResolvers<Prepared>();
  const thread = new Worker(THREAD_FILE, {
    workerData: task,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
  });
  thread.unref(); // A process that ends does not wait for it.
  thread.once('message', resolve);
  thread.once('error', reject);
  thread.once('exit', () => reject(new Error('The thread has ended without a result.')));
  return promise;
}
