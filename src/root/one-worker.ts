/** A pool of one worker, for commands that load model versions one after the other and serve nothing. */
import { systemClock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import { Pool, WORKER_FILE } from '../pool/pool.ts';

const SILENT = {
  workerDied: () => undefined,
  workerDiedOf: () => undefined,
  workerRestarted: () => undefined,
  workerRestartFailed: () => undefined,
  workerWedged: () => undefined,
};

/** Starts the worker, calls `use`, and ends the worker when its promise has settled. */
export async function withOneWorker<Result>(
  config: Config,
  use: (pool: Pool) => Promise<Result>,
): Promise<Result> {
  const pool = new Pool({ ...config, workers: 1, file: WORKER_FILE }, systemClock, SILENT, () => undefined);
  await pool.start();
  try {
    return await use(pool);
  } finally {
    await pool.close();
  }
}
