/** What the server calls for requests: hosts of images, and feature stores. */
import { systemClock as clock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import { Features } from '../features/features.ts';
import type { UrlFetcher } from '../outbound/fetcher.ts';
import { JsonService } from '../outbound/json-service.ts';
import type { Events } from '../telemetry/events/events.ts';
import { fetcherOf } from './fetcher.ts';

export interface Outside {
  readonly fetcher: UrlFetcher;
  readonly features: Features;
  /** Ends the calls that are out. */
  close(): Promise<void>;
}

/** Nothing is connected before a request needs it. @throws StartError */
export function outsideOf(config: Config, events: Events): Outside {
  const { featureStores: listed, featureStoreToken: token } = config;
  const fetcher = fetcherOf(config);
  const features = new Features({
    listed,
    connect: (url) => new JsonService(url, token),
    clock,
    now: Date.now,
    events: events.features,
  });
  return {
    fetcher,
    features,
    close: async () => void (await Promise.all([fetcher.close(), features.close()])),
  };
}
