/** Classifies in this process, with the same engine as the server and without HTTP. */
import type { Config } from '../../config/schema.ts';
import { ServingError } from '../../errors.ts';
import type { LocalServing } from '../../root/local.ts';
import { ModelError } from '../../repository/model-error.ts';
import { CliError } from '../cli-error.ts';

/** Loads the model. @throws CliError when that fails, and later for each image that cannot be classified */
export async function openLocally(config: Config): Promise<LocalServing> {
  const { startLocal } = await import('../../root/local.ts');
  const engine = await plainly(() => startLocal(config));
  return {
    classify: (bytes) => plainly(() => engine.classify(bytes)),
    close: () => engine.close(),
  };
}

/** Expected errors become a sentence; anything else keeps its stack. */
async function plainly<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ServingError || error instanceof ModelError) throw new CliError(1, error.message);
    throw error;
  }
}
