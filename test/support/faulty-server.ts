/** A server of the affine model with faulty-worker.ts, and rows for it. */
import type { Test } from 'tap';
import type { Config } from '../../src/config/schema.ts';
import { FAULTY_WORKER, Gate } from './faults.ts';
import { modelRepository } from './model-repository.ts';
import { startServer, type Running } from './start-server.ts';
import { affine } from './tiny-models.ts';

/** One raw row of the affine model: the number, four times. */
export const row = (value: number): Buffer => Buffer.from(new Float32Array(4).fill(value).buffer);

/** Starts a server. By default nothing is prefetched, so that a held batch is the only one of its worker. */
export async function startFaulty(
  t: Test,
  options: Partial<Config> = {},
): Promise<Running & { readonly gate: Gate }> {
  const running = await startServer(t, {
    models: modelRepository(t, { affine: affine() }),
    workerFile: FAULTY_WORKER,
    options: { prefetchUnderMs: 0, ...options },
  });
  const gate = new Gate();
  t.teardown(() => gate.close());
  return { ...running, gate };
}
