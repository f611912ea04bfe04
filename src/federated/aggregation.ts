/** Runs an aggregation in a thread of its own, which ends with it. */
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Aggregated, AggregationTask } from '../thread/aggregation.ts';

const THREAD_FILE = new URL(`../../workers/federated/aggregate${extname(import.meta.url)}`, import.meta.url);

/** @throws Error of the thread */
export function aggregate(task: AggregationTask): Promise<Aggregated> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(THREAD_FILE, { workerData: task });
    thread.once('message', resolve);
    thread.once('error', reject);
    // Has no effect after an answer.
    thread.once('exit', (code) => reject(new Error(`The aggregation has ended with exit code ${code}.`)));
  });
}
