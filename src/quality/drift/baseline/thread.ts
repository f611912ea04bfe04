/** The entry of a thread that prepares one reference, posts it, and ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { prepare, type Preparation } from './preparing.ts';

parentPort!.postMessage(await prepare(workerData as Preparation));
