/** Which model answers /v1/predict. Pure. */
import { basename } from 'node:path';
import { ModelError } from './model-error.ts';
import type { ModelEntry, Repository } from './repository.ts';

/** The model that comes with the server. */
const BUNDLED_MODEL = 'efficientnet-lite0';

/**
 * The model that the operator names, else the only one, else the one that comes with the server. A broken model is
 * never replaced by another one silently: clients would get different classes under the same address.
 * @throws ModelError when there is none, or when the choice cannot be served.
 */
export function chooseDefaultModel(
  { root, models, unavailable, warnings }: Repository,
  wanted: string | undefined,
): ModelEntry {
  const names = [...models, ...unavailable].map(({ name }) => name);
  if (names.length === 0) {
    const why = warnings.map(({ folder, reason }) => ` In ${folder}, ${reason}.`).join('');
    throw new ModelError(`There is no model in ${root}: put one there as <name>/<version>/model.onnx.${why}`);
  }
  const name = wanted ?? (names.length === 1 ? names[0] : BUNDLED_MODEL);
  const model = models.find((entry) => entry.name === name);
  if (model !== undefined) return model;
  const broken = unavailable.find((entry) => entry.name === name);
  if (broken !== undefined) {
    throw new ModelError(`The default model ${name} cannot be served: ${broken.reason}`);
  }
  const passedOver = warnings.find(({ folder }) => basename(folder) === name);
  if (passedOver !== undefined) {
    throw new ModelError(`The default model ${name} cannot be served: in its folder, ${passedOver.reason}.`);
  }
  const there = names.sort().join(', ');
  throw new ModelError(
    wanted === undefined
      ? `There are several models in ${root} (${there}): choose one by --default-model or ORTOLAN_DEFAULT_MODEL.`
      : `The default model ${wanted} is not in ${root}; there is ${there}.`,
  );
}
