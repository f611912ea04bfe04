/** A server of the affine model whose worker misbehaves on demand, and what is sent to it. */
import type { Test } from 'tap';
import type { Config } from '../../src/config/schema.ts';
import { FAULTY_WORKER, Gate } from './faults.ts';
import { modelRepository } from './model-repository.ts';
import { startServer, type Running } from './start-server.ts';
import { affine } from './tiny-models.ts';

/** One raw row of the affine model: four times the number. */
export const row = (value: number): Buffer => Buffer.from(new Float32Array(4).fill(value).buffer);

/** Nothing is prefetched, unless the test wants it: what is held holds the worker alone. */
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
