/** Loads a model version as the server does, and unloads it again. */
import type { Config } from '../config/schema.ts';
import { labelMisfit } from '../repository/consistency.ts';
import { verifyDigest } from '../repository/digest.ts';
import { ModelError } from '../repository/model-error.ts';
import type { ModelEntry, VersionEntry } from '../repository/repository.ts';
import { loadTaskOf } from '../serving/settings.ts';
import { rowOf } from '../tensor/tensor.ts';
import { withOneWorker } from './one-worker.ts';

export interface Verified {
  readonly digest: 'verified' | 'undeclared';
  /** The execution provider that the version was loaded on. */
  readonly provider: string;
  /** Why it is not the one requested. */
  readonly fallbackReason?: string;
}

/**
 * Compares the file with its digest, loads it in a worker and runs one row. Neither uses nor makes compiled forms.
 * @throws ModelError when the digest or the labels do not fit; ServingError MODEL_UNAVAILABLE when it cannot be loaded
 */
export async function verify(entry: ModelEntry, file: VersionEntry, config: Config): Promise<Verified> {
  const digest = await verifyDigest(file);
  const task = loadTaskOf({ entry, file, instance: 0 }, config);
  const { report } = await withOneWorker({ ...config, wideThreads: 1 }, (pool) =>
    pool.load({ ...task, warmUpTo: 1, compiledFolder: undefined }),
  );
  const misfit = labelMisfit(entry.labels, report.outputs.map(rowOf));
  if (misfit !== undefined) throw new ModelError(`model.json#${misfit}`);
  const { provider, fallbackReason } = report;
  return { digest, provider, ...(fallbackReason !== undefined && { fallbackReason }) };
}
