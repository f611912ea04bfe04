/** Whether callers are asked who they are, and what decides it. */
import type { Clock } from '../clock.ts';
import { authenticates, isOpenToNetwork } from '../config/authentication.ts';
import type { Config } from '../config/schema.ts';
import type { AuthenticationEvents } from '../telemetry/events/clients/authentication.ts';
import type { OpenAuthentication } from './credentials.ts';

/** @throws KeyFileError when a file cannot be used. A key set that cannot be fetched is tried again later. */
export async function openAuthentication(
  config: Config,
  clock: Clock,
  events: AuthenticationEvents,
): Promise<OpenAuthentication> {
  if (isOpenToNetwork(config)) events.openToNetwork(config.host);
  const openRoutes = new Set(config.openRoutes.filter((one) => one !== 'none'));
  if (!authenticates(config)) {
    return { authentication: undefined, openRoutes, keySetAgeMs: undefined, close: () => undefined };
  }
  // Takes memory and start-up time: only who asks for credentials loads it.
  const { openCredentials } = await import('./credentials.ts');
  return openCredentials(config, openRoutes, clock, events);
}
