/** Federated rounds, as the options say. */
import type { Config } from '../config/schema.ts';
import { aggregate } from '../federated/aggregation.ts';
import { Rounds } from '../federated/rounds.ts';
import type { Events } from '../telemetry/events/events.ts';

/** Undefined where there are none. Nothing is read or made before a request needs it. */
export function roundsOf(
  { federatedDir: folder, federatedDiskBytes: maxDiskBytes }: Config,
  events: Events,
): Rounds | undefined {
  if (folder === undefined) return undefined;
  return new Rounds({ folder, maxDiskBytes, aggregate, events: events.federated, now: () => new Date() });
}
