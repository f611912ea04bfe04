/** A Piscina of one thread that runs the module of the workers. */
import { Piscina } from 'piscina';
import { SLOTS_PER_WORKER } from '../thread/slab-layout.ts';

/** Heap of JavaScript of a thread: texts, no tensors. At it the thread ends; with the default, of up to 4 GiB, the system would end the process. */
const HEAP_MIB = 512;

export const startThread = (file: URL): Piscina =>
  new Piscina({
    filename: file.href,
    minThreads: 1,
    maxThreads: 1,
    // The batches, as many shares of a device's batches to decode, one chore, and a load that another process does.
    concurrentTasksPerWorker: 2 * SLOTS_PER_WORKER + 2,
    idleTimeout: Infinity,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
    // Measured per task: 17 us, against 91 us with the default, which also blocks the thread's event loop.
    atomics: 'disabled',
    recordTiming: false,
    // There is one thread. The default asks each for its tasks: a tenth of what a task costs the main thread.
    loadBalancer: (_task, workers) => workers[0] ?? null,
  });
