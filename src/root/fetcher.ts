/** What fetches images by URL, as the options say. */
import type { Config } from '../config/schema.ts';
import { readImageHeader } from '../image/header.ts';
import { UrlFetcher } from '../outbound/fetcher.ts';
import { StartError } from './start-error.ts';

/** @throws StartError */
export function fetcherOf(config: Config): UrlFetcher {
  try {
    return new UrlFetcher({
      mode: config.urlFetch,
      allow: config.urlAllow,
      timeoutMs: config.urlTimeoutMs,
      maxBytes: config.urlMaxBytes,
      maxConcurrent: config.urlConcurrency,
      accept: beginsLikeAnImage,
    });
  } catch (error) {
    // The pattern of the option accepts some values that are not a host.
    throw new StartError(`The option urlAllow is wrong: ${(error as Error).message}.`, { cause: error });
  }
}

/** Whether the bytes begin like an image. Unsupported formats are refused later, with the error that a body gets. */
function beginsLikeAnImage(bytes: Uint8Array): boolean {
  const header = readImageHeader(bytes);
  return !('code' in header && header.code === 'NOT_AN_IMAGE');
}
