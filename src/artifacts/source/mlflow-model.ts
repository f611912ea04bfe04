/** What of an MLflow artifact is a model of ours. Pure. */
import { ENCRYPTED_MODEL_FILE, MODEL_FILE } from '../../repository/versions.ts';
import { ArtifactError } from '../artifact-error.ts';
import type { OfferedFile, OfferedModel } from './source.ts';

export interface Found {
  /** Below the artifact. */
  readonly path: string;
  readonly bytes: number;
  readonly at: string;
}

/** Descriptions that MLflow's flavours put beside a model. */
const OF_MLFLOW = new Set([
  'MLmodel',
  'conda.yaml',
  'python_env.yaml',
  'requirements.txt',
  'registered_model_meta',
  'input_example.json',
  'serving_input_example.json',
]);
const SHARED = /^(model\.json|labels\.txt|golden\/.*)$/;

/**
 * The model in the folder with model.onnx. Its name is the registered one, with `-` where a model of ours has no such
 * character. `digest`: what the version is known by.
 * @throws ArtifactError when there is none, or more than one
 */
export function mlflowModel(
  registered: string,
  version: string,
  digest: string,
  files: readonly Found[],
  address: string,
): readonly [string, OfferedModel] {
  const name = registered
    .replaceAll(/[^\w.-]/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 64);
  if (name === '') throw new ArtifactError('invalid', `${address}: ${registered} is no name for a model.`);
  const models = files.filter(({ path }) =>
    [MODEL_FILE, ENCRYPTED_MODEL_FILE].includes(path.split('/').at(-1)!),
  );
  const [only, another] = models;
  if (only === undefined) throw new ArtifactError('missing', `${address} has no ${MODEL_FILE}.`);
  if (another !== undefined)
    throw new ArtifactError(
      'invalid',
      `${address} has ${only.path} and ${another.path}: it has to have one model.`,
    );
  const folder = only.path.slice(0, only.path.lastIndexOf('/') + 1);
  const shared: OfferedFile[] = [];
  const own: OfferedFile[] = [];
  for (const { path, bytes, at } of files) {
    if (!path.startsWith(folder)) continue;
    const below = path.slice(folder.length);
    if (OF_MLFLOW.has(below) || !Number.isSafeInteger(bytes)) continue;
    (SHARED.test(below) ? shared : own).push({ path: below, bytes, at, sha256: undefined });
  }
  return [name, { files: shared, versions: new Map([[version, { digest, files: own }]]) }];
}
