/** Connections are refused. */
import { systemClock } from '../../../clock.ts';
import { Flood } from '../../log/flood.ts';
import type { Log } from '../../log/log.ts';
import type { Metrics } from '../../metrics/metrics.ts';

const MINUTE_MS = 60_000;

export class ConnectionEvents {
  readonly #log: Log;
  readonly #metrics: Pick<Metrics, 'connectionsRefused'>;
  readonly #lines = new Flood(() => systemClock.now(), 1, MINUTE_MS);

  constructor(log: Log, metrics: Pick<Metrics, 'connectionsRefused'>) {
    this.#log = log;
    this.#metrics = metrics;
  }

  /** `connections`: that are open, this one included. `limit`: file descriptors of the process. */
  refused(connections: number, limit: number): void {
    this.#metrics.connectionsRefused.inc();
    const suppressed = this.#lines.pass();
    if (suppressed === undefined) return;
    this.#log.warn(
      { connections, descriptor_limit: limit, ...(suppressed > 0 && { suppressed }) },
      'connection refused: few file descriptors are left',
    );
  }
}
