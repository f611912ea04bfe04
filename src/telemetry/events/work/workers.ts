/** Worker threads die and are replaced. `worker`: its number. */
import type { Log } from '../../log/log.ts';
import type { Metrics } from '../../metrics/metrics.ts';

export class WorkerEvents {
  readonly #log: Log;
  readonly #metrics: Pick<Metrics, 'workerDeaths' | 'workerRestarts'>;

  constructor(log: Log, metrics: Pick<Metrics, 'workerDeaths' | 'workerRestarts'>) {
    this.#log = log;
    this.#metrics = metrics;
  }

  workerDied(worker: number, deathsInWindow: number, restartInMs: number): void {
    this.#metrics.workerDeaths.inc();
    this.#log.error({ worker, deaths_in_window: deathsInWindow, restart_in_ms: restartInMs }, 'worker died');
  }

  /** The cause, which is known after the death. */
  workerDiedOf(worker: number, cause: unknown): void {
    this.#log.error({ worker, error: cause }, 'why the worker died');
  }

  workerRestarted(worker: number): void {
    this.#metrics.workerRestarts.inc();
    this.#log.info({ worker }, 'worker restarted');
  }

  workerRestartFailed(worker: number, error: unknown): void {
    this.#log.error({ worker, error }, 'worker could not be restarted');
  }

  /** `loads`: the file of the model that it loads; undefined while it runs a batch. */
  workerWedged(worker: number, loads?: string): void {
    const what = loads === undefined ? 'worker is wedged' : 'a load does not end';
    this.#log.fatal({ worker, loads }, `${what}: liveness fails from now on`);
  }
}
