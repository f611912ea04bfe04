/** The golden samples of a version as a question to it, asked before it serves. */
import type { Examination } from '../pool/run-one.ts';
import { checkSamples } from '../repository/golden/check.ts';
import { readSamples } from '../repository/golden/samples.ts';
import { ModelError } from '../repository/model-error.ts';
import type { ModelTask } from '../pool/worker.ts';
import type { ModelVersion, Source } from './model-version.ts';

/** A golden sample is answered wrongly. */
class GoldenError extends ModelError {
  /** Whether the graph that answered had been rewritten. */
  readonly isRewritten: boolean;

  constructor(sentence: string, isRewritten: boolean) {
    super(sentence);
    this.isRewritten = isRewritten;
  }
}

/** The task for another try with the graph as it was made, where it may be the rewriting that is at fault; undefined: it is not. */
export function unrewritten(task: ModelTask, error: unknown): ModelTask | undefined {
  if (!(error instanceof GoldenError) || !error.isRewritten || task.graphRewrites !== true) return undefined;
  const rewritesRefused = `rewritten ${error.message.charAt(0).toLowerCase()}${error.message.slice(1, -1)}`;
  return { ...task, graphRewrites: false, rewritesRefused };
}

/**
 * Undefined for a version without samples. @throws ModelError when a sample cannot be read; the examination throws one when
 * an answer is wrong
 */
export async function goldenOf({ entry, file }: Source): Promise<Examination | undefined> {
  const samples = await readSamples(entry, file.version);
  if (samples.length === 0) return undefined;
  const takesImages = entry.config.preprocess !== undefined;
  return async (report, run) => {
    for (const { name, fault } of await checkSamples(samples, report, takesImages, run)) {
      if (fault !== undefined)
        throw new GoldenError(
          `It answers the golden sample ${name} wrongly: ${fault}.`,
          (report.rewrites?.applied.length ?? 0) > 0,
        );
    }
  };
}

/**
 * The golden samples that are still to be asked, where nothing is replaced: none of a version that comes back, and none
 * where an earlier start on this machine has loaded the same file, and so has asked them.
 */
export async function goldenAtStart(
  version: ModelVersion,
  { warmUpTo }: ModelTask,
): Promise<Examination | undefined> {
  return version.signature === undefined && warmUpTo === undefined ? goldenOf(version.source!) : undefined;
}
