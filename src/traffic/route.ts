/** Chooses the model version for a request from the catalogue. Pure. */
import { ServingError } from '../errors.ts';
import type { Catalogue, Model } from '../serving/catalogue.ts';
import { UNKNOWN_VERSION, type ModelVersion } from '../serving/model-version.ts';

/**
 * Why a version answers. pinned: the request names its number. label: it names one of its labels. split: the model splits
 * its traffic. fallback: the version of the split cannot be used now, and the default one stands in. default: nothing else
 * decides.
 */
export type RouteReason = 'pinned' | 'label' | 'split' | 'fallback' | 'default';

export interface Routed {
  readonly version: ModelVersion;
  readonly reason: RouteReason;
}

/**
 * Returns the version for a request. `wanted`: its number or one of its labels; undefined: the split decides, or the
 * default of the model. `split` returns the version, by number or label, that the split of the model chooses for it.
 * @throws ServingError MODEL_NOT_FOUND
 */
export function route(
  catalogue: Catalogue,
  name: string,
  wanted?: string,
  split?: (model: Model) => string | undefined,
): Routed {
  const model = catalogue.model(name);
  if (model === undefined) throw new ServingError('MODEL_NOT_FOUND', `There is no model ${name}.`);
  if (wanted !== undefined) return named(model, wanted);
  const chosen = split?.(model);
  if (chosen === undefined) return { version: defaultOf(model), reason: 'default' };
  const version = versionOf(model, chosen);
  if (version?.answers === true) return { version, reason: 'split' };
  return { version: defaultOf(model), reason: 'fallback' };
}

/** The version with that number or label. */
export const versionOf = (model: Model, name: string): ModelVersion | undefined =>
  byNumber(model, name) ?? byLabel(model, name);

function named(model: Model, wanted: string): Routed {
  const pinned = byNumber(model, wanted);
  if (pinned !== undefined) return { version: pinned, reason: 'pinned' };
  const version = byLabel(model, wanted) ?? unreadable(model);
  if (version !== undefined) return { version, reason: 'label' };
  throw new ServingError('MODEL_NOT_FOUND', `Model ${model.name} has no version ${wanted}.`);
}

function defaultOf(model: Model): ModelVersion {
  const version = byNumber(model, model.defaultVersion) ?? unreadable(model);
  if (version !== undefined) return version;
  const message = `Model ${model.name} has no version ${model.defaultVersion}.`;
  throw new ServingError('MODEL_NOT_FOUND', message);
}

const byNumber = ({ versions }: Model, wanted: string): ModelVersion | undefined =>
  versions.find(({ version }) => version === wanted);

const byLabel = ({ versions }: Model, wanted: string): ModelVersion | undefined =>
  versions.find(({ settings }) => settings.versionLabels.includes(wanted));

/** Of a model whose folder could not be read: it stands for any version. */
const unreadable = (model: Model): ModelVersion | undefined => byNumber(model, UNKNOWN_VERSION);
