/** The golden samples of a version as a question to it, asked before it serves. */
import type { Examination } from '../pool/run-one.ts';
import { checkSamples } from '../repository/golden/check.ts';
import { readSamples } from '../repository/golden/samples.ts';
import { ModelError } from '../repository/model-error.ts';
import type { Source } from './model-version.ts';

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
        throw new ModelError(`It answers the golden sample ${name} wrongly: ${fault}.`);
    }
  };
}
