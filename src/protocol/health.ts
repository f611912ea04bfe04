/** Whether the server is healthy, for the routes of every protocol that say so. */
import type { LastCrash } from '../crashes/ledger.ts';
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
  /** The last crash that native code has caused, of a server on this cache folder. */
  readonly lastCrash?: LastCrash | undefined;
  /** False after repeated deaths of workers. */
  readonly poolHealthy: boolean;
  /** A worker runs a batch that does not end. */
  readonly wedged: boolean;
}

/** ok: the default model, or any other where that is quarantined, can be used, and no part has failed. */
export function serviceStatus(facts: HealthFacts): 'ok' | 'starting' | 'draining' | 'unavailable' {
  if (facts.state === 'starting') return 'starting';
  if (facts.state !== 'ready') return 'draining';
  const { defaultModel, models, workersAlive } = facts;
  const answers =
    defaultModel?.quarantined === true
      ? models.some((model) => model.answers)
      : defaultModel?.answers === true;
  const usable = answers && workersAlive > 0;
  return usable && facts.poolHealthy && !facts.wedged ? 'ok' : 'unavailable';
}
