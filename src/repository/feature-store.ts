/** The address of the feature store of a model: one that the operator has listed, whatever model.json says. Pure. */
import type { FeaturesConfig } from './model-json/features.ts';

/** Two texts of one address are equal here. */
const plain = (address: string): string => new URL(address).href.replace(/\/+$/, '');

/**
 * The address; a JSON pointer and a sentence where there is none; undefined for features that need no store. `listed`: the
 * option featureStores.
 */
export function storeAddress(
  { store, url }: FeaturesConfig,
  listed: readonly string[],
): URL | string | undefined {
  if (store === 'file') return undefined;
  const remedy = 'list it in the option featureStores (ORTOLAN_FEATURE_STORES)';
  if (url === undefined) {
    const [only, ...others] = listed;
    if (only !== undefined && others.length === 0) return new URL(`${plain(only)}/`);
    return only === undefined
      ? `/features/url is missing, and no feature store is listed: ${remedy}`
      : '/features/url is missing, and featureStores lists several: name one of them';
  }
  const wanted = URL.canParse(url) ? plain(url) : undefined;
  if (wanted !== undefined && listed.some((address) => plain(address) === wanted))
    return new URL(`${wanted}/`);
  return `/features/url is ${url}, which the operator has not allowed: ${remedy}`;
}
