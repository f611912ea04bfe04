/** Asks a Feast feature server for the online features of rows of keys. */
import type { JsonService } from '../outbound/json-service.ts';
import { entityNames, featureNames, type FeaturesConfig } from '../repository/model-json/features.ts';
import type { Keys } from './entities.ts';
import { readFeastAnswer } from './feast-answer.ts';
import { StoreFault, type Columns } from './found.ts';

/** Three times what the values of the largest call take. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/** Returns the function that makes one call. It throws StoreFault, and anything once its signal has aborted. */
export function feastOf(
  service: Pick<JsonService, 'post'>,
  config: FeaturesConfig,
): (rows: readonly Keys[], signal: AbortSignal) => Promise<Columns> {
  const names = entityNames(config);
  const features = featureNames(config);
  const wanted = config.service === undefined ? { features } : { feature_service: config.service };
  return async (rows, signal) => {
    const entities = Object.fromEntries(names.map((name, at) => [name, rows.map((keys) => keys[at])]));
    const body = JSON.stringify({ ...wanted, entities, full_feature_names: true });
    const limits = { maxBytes: MAX_ANSWER_BYTES, signal };
    const { status, bytes } = await service
      .post('get-online-features', body, limits)
      .catch((error: unknown) => {
        throw new StoreFault('down', (error as Error).message);
      });
    if (status === 200) return readFeastAnswer(bytes, { features, rows: rows.length });
    // What it says may have the keys of a client in it.
    throw new StoreFault('refused', `it has answered ${status}`);
  };
}
