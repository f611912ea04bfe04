/**
 * Asks a loaded version the questions of its golden samples: the payload of each, run by a function that is given, and
 * whether the answers are those that are known.
 */
import { ServingError } from '../../errors.ts';
import { fitted } from '../../tensor/fit.ts';
import { elementsOf, type TensorSpec } from '../../tensor/tensor.ts';
import type { ItemResult } from '../../thread/messages.ts';
import type { Payload } from '../../thread/payload.ts';
import { differenceFrom } from './difference.ts';
import type { LoadedSample } from './samples.ts';

/** What is known of a version that is loaded. */
export interface LoadedSignature {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly joins: { readonly rows: boolean };
}

export interface GoldenCheck {
  readonly name: string;
  /** What is wrong with the answer, as a sentence without a full stop; undefined: it is within the tolerance. */
  readonly fault?: string;
}

/** Runs a payload on the version. Failures of the run are results. */
export type RunPayload = (payload: Payload) => Promise<ItemResult>;

/** One after the other, by name. `takesImages`: whether model.json has preprocess. */
export async function checkSamples(
  samples: readonly LoadedSample[],
  signature: LoadedSignature,
  takesImages: boolean,
  run: RunPayload,
): Promise<GoldenCheck[]> {
  const checks: GoldenCheck[] = [];
  for (const loaded of samples) {
    const { sample } = loaded;
    const payload = payloadOf(loaded, signature, takesImages);
    const fault =
      typeof payload === 'string' ? payload : differenceFrom(sample, await run(payload), signature.outputs);
    checks.push({ name: sample.name, ...(fault !== undefined && { fault }) });
  }
  return checks;
}

/** The work that asks the question; a sentence when the version does not take it. */
function payloadOf(
  { sample, photograph }: LoadedSample,
  { inputs, outputs, joins }: LoadedSignature,
  takesImages: boolean,
): Payload | string {
  const { question, answer } = sample;
  if (question.kind === 'image') {
    if (!takesImages) return 'it asks about an image, and the model takes none: model.json has no preprocess';
    // Also the classes that are least probable may be compared.
    const classes = Math.max(1, elementsOf(outputs[0]?.shape.slice(1) ?? []));
    return {
      kind: 'image',
      rows: 1,
      ...photograph!,
      topK: answer.kind === 'classes' ? classes : undefined,
    };
  }
  if (takesImages) return 'it has inputs, and the model takes images';
  try {
    const tensors = fitted(question.inputs, inputs);
    const rows = joins.rows ? (tensors[0]?.shape[0] ?? 1) : 1;
    return { kind: 'tensors', rows, inputs: tensors };
  } catch (error) {
    if (error instanceof ServingError) return error.message;
    throw error;
  }
}
