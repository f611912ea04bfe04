/** Chooses the model version for a request from the catalogue. Pure. */
import { ServingError } from '../errors.ts';
import type { Catalogue, Model } from '../serving/catalogue.ts';
import { UNKNOWN_VERSION, type ModelVersion } from '../serving/model-version.ts';

/**
 * Returns the version for a request. `version`: its number or one of its labels; undefined: the default of the model.
 * @throws ServingError MODEL_NOT_FOUND
 */
export function route(catalogue: Catalogue, name: string, version?: string): ModelVersion {
  const model = catalogue.model(name);
  if (model === undefined) throw new ServingError('MODEL_NOT_FOUND', `There is no model ${name}.`);
  const wanted = version ?? model.defaultVersion;
  const found = byNumber(model, wanted) ?? byLabel(model, wanted) ?? byNumber(model, UNKNOWN_VERSION);
  if (found !== undefined) return found;
  throw new ServingError('MODEL_NOT_FOUND', `Model ${name} has no version ${wanted}.`);
}

const byNumber = ({ versions }: Model, wanted: string): ModelVersion | undefined =>
  versions.find(({ version }) => version === wanted);

const byLabel = ({ versions }: Model, wanted: string): ModelVersion | undefined =>
  versions.find(({ settings }) => settings.versionLabels.includes(wanted));
