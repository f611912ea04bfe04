/** Whether the server is healthy, for the routes of every protocol that say so. */
import type { ScanWarning } from '../repository/repository.ts';
import type { LifecycleState } from '../root/lifecycle.ts';
import type { ModelVersion } from '../serving/model-version.ts';

export interface HealthFacts {
  readonly state: LifecycleState;
  /** Undefined while its model is unloaded. */
  readonly defaultModel: ModelVersion | undefined;
  readonly models: readonly ModelVersion[];
  /** What the scan of the models folder has passed over. */
  readonly warnings: readonly ScanWarning[];
  readonly workersAlive: number;
  readonly workers: number;
  /** False after repeated deaths of workers. */
  readonly poolHealthy: boolean;
  /** A worker runs a batch that does not end. */
  readonly wedged: boolean;
}

/** ok: the default model can be used and no part has failed. */
export function serviceStatus(facts: HealthFacts): 'ok' | 'starting' | 'draining' | 'unavailable' {
  if (facts.state === 'starting') return 'starting';
  if (facts.state !== 'ready') return 'draining';
  const usable = facts.defaultModel?.answers === true && facts.workersAlive > 0;
  return usable && facts.poolHealthy && !facts.wedged ? 'ok' : 'unavailable';
}
