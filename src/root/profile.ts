/** Measures how long batches of a model version take on this machine, without HTTP and with nothing else running. */
import type { Config } from '../config/schema.ts';
import { CostModel } from '../cost/cost-model.ts';
import type { BucketCost } from '../cost/run-costs.ts';
import { ServingError } from '../errors.ts';
import { ModelError } from '../repository/model-error.ts';
import { contentOf } from '../serving/contents.ts';
import type { WarmUpRun } from '../thread/load.ts';
import type { ModelEntry, VersionEntry } from '../repository/repository.ts';
import { loadTaskOf, settingsOf } from '../serving/settings.ts';
import { withOneWorker } from './one-worker.ts';

export interface Profile {
  readonly name: string;
  readonly version: string;
  readonly sloMs: number;
  /** Rows of the largest batch that pays and whose run takes at most half of the SLO. */
  readonly cap: number;
  readonly buckets: readonly BucketCost[];
}

/** Rounds of measurement; the fastest counts, slower ones were disturbed by other processes. */
const ROUNDS = 3;

/**
 * Runs every bucket of a version on one worker, also those beyond the first that does not pay, where a server stops.
 * @throws ServingError MODEL_UNAVAILABLE
 */
export async function profile(entry: ModelEntry, file: VersionEntry, config: Config): Promise<Profile> {
  const source = { entry, file, instance: 0 };
  return withOneWorker(config, async (pool) => {
    const content = await contentOf(file, config).catch((error: unknown) => {
      if (error instanceof ModelError) throw new ServingError('MODEL_UNAVAILABLE', error.message);
      throw error;
    });
    const asServed = loadTaskOf(source, config, content);
    const task = { ...asServed, warmUpTo: asServed.maxBatchSize };
    const rounds = [];
    for (let round = 0; round < ROUNDS; round++) rounds.push(await pool.load(task));
    const { name, version, sloMs } = settingsOf(entry, file, config.sloP99Ms);
    const { maxBatchSize } = rounds[0]!.report;
    const warmUp = fastestOf(rounds.flatMap(({ warmUps }) => warmUps.flat()));
    const { paysBelow } = task;
    const costs = new CostModel({ warmUp, maxBatchSize, sloMs, paysBelow, resize: undefined });
    return { name, version, sloMs, cap: costs.cap, buckets: costs.buckets };
  });
}

/** Returns the fastest run of each bucket and width. */
function fastestOf(runs: readonly WarmUpRun[]): WarmUpRun[] {
  return [...Map.groupBy(runs, ({ rows, width }) => `${width} ${rows}`).values()].map((same) =>
    same.reduce((best, one) => (one.ms < best.ms ? one : best)),
  );
}
