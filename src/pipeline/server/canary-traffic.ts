/** The traffic of a model with a canary: what PUT /v1/models/{model}/traffic takes. Pure. */
import type { CanarySettings } from '../settings/load.ts';
import type { TrafficSettings } from './served.ts';

export interface Share {
  readonly champion: string;
  readonly version: string;
  /** Percent of the requests that the canary gets. */
  readonly weight: number;
}

/** `before`: what held, and holds again afterwards; it has no split. */
export function canaryTraffic(
  before: TrafficSettings,
  { champion, version, weight }: Share,
  { sticky, shadow, guard }: Pick<CanarySettings, 'sticky' | 'shadow' | 'guard'>,
): TrafficSettings {
  const copies = shadow === undefined ? before['shadow'] : { version, fraction: shadow };
  return {
    split: { [champion]: 100 - weight, [version]: weight },
    ...(sticky !== undefined && { sticky }),
    ...(copies !== undefined && { shadow: copies }),
    guard,
  };
}
