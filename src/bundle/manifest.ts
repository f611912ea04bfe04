/** What bundle.json says: what the scripts of a bundle have to know of its model, and every file with its digest. */
import type { ModelEntry, VersionEntry } from '../repository/repository.ts';
import type { Preprocess } from '../thread/load.ts';
import type { BundledFile } from './folder.ts';

export type Target = 'browser' | 'node' | 'litert';

export interface Manifest {
  readonly format: 1;
  readonly model: string;
  readonly version: string;
  readonly target: Target;
  /** Of models for images. */
  readonly preprocess?: Preprocess;
  /** Whether the scores become probabilities by softmax. */
  readonly softmax: boolean;
  /** Whether the first output has a score for each class. */
  readonly classifies: boolean;
  /** File with the names of the classes, a list. */
  readonly labels?: string;
  /** Of models for images that declare it: the shape of a row. */
  readonly input?: { readonly name: string; readonly datatype: string; readonly shape: readonly number[] };
  /** Name of the output with the scores, where it is declared. */
  readonly output?: string;
  /** Files with weights, beside model.onnx. */
  readonly weights: readonly string[];
  readonly files: readonly BundledFile[];
}

export const LABELS = 'labels.json';

export function manifestOf(
  { name, config, labels }: ModelEntry,
  { version }: VersionEntry,
  target: Target,
  { weights, files }: Pick<Manifest, 'weights' | 'files'>,
): Manifest {
  const { preprocess, postprocess, inputs, outputs } = config;
  const [input] = inputs ?? [];
  const [output] = outputs ?? [];
  return {
    format: 1,
    model: name,
    version,
    target,
    ...(preprocess !== undefined && { preprocess }),
    // As the server takes them: networks for images give scores, pipelines for rows mostly probabilities.
    softmax: postprocess?.softmax ?? preprocess !== undefined,
    classifies: preprocess !== undefined || labels !== undefined || postprocess !== undefined,
    ...(labels !== undefined && { labels: LABELS }),
    ...(preprocess !== undefined && input !== undefined && { input }),
    ...(output !== undefined && { output: output.name }),
    weights,
    files,
  };
}
