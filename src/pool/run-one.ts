/** Runs one payload on a worker, outside of the scheduler: for checks of a version that serves nobody yet. */
import type { Loaded } from '../thread/load.ts';
import type { ItemResult } from '../thread/messages.ts';
import type { Payload } from '../thread/payload.ts';
import type { PoolWorker } from './worker.ts';

/** Refuses a loaded version, by throwing. `run` runs a payload on it; failures of the run are results. */
export type Examination = (report: Loaded, run: (payload: Payload) => Promise<ItemResult>) => Promise<void>;

/**
 * The worker has the version and room for a batch. Failures, also of the thread, are results. `predictedMs`: of the run, where
 * it is known; a thread is not taken for wedged before many times that.
 */
export async function runOne(
  worker: Pick<PoolWorker, 'run'>,
  instance: number,
  payload: Payload,
  predictedMs = 0,
): Promise<ItemResult> {
  const outcome = await worker.run(instance, 'narrow', [payload], predictedMs).outcome;
  if (outcome.kind === 'done') return outcome.items[0]!;
  if (outcome.kind === 'failure') return outcome;
  return { kind: 'failure', code: 'INTERNAL', detail: 'The thread died.' };
}
