/** Callers are over their limits; the store that replicas share comes and goes. */
import { plain, type Log } from '../../log/log.ts';
import type { Metrics } from '../../metrics/metrics.ts';

type LimitMetrics = Pick<Metrics, 'limitedRequests' | 'limitsShared' | 'limitsAlone'>;

const STORE = { store: 'redis' };

export class LimitEvents {
  readonly #log: Log;
  readonly #metrics: LimitMetrics;

  constructor(log: Log, metrics: LimitMetrics) {
    this.#log = log;
    this.#metrics = metrics;
  }

  /** `caller`: what it is known by. (The refusal is a failed request too, which has its log line.) */
  refused(caller: string, limit: string): void {
    this.#metrics.limitedRequests.inc({ caller, limit });
  }

  /** A request was judged without the store. */
  decidedAlone(): void {
    this.#metrics.limitsAlone.inc();
  }

  /** The store is asked from now on. `downMs`: how long it was not. */
  usable(downMs: number): void {
    this.#metrics.limitsShared.set(STORE, 1);
    this.#log.info({ store: 'redis', down_ms: Math.round(downMs) }, 'limits of callers are shared');
  }

  /** Each replica enforces its share from now on. */
  unusable(reason: string): void {
    this.#metrics.limitsShared.set(STORE, 0);
    this.#log.warn(
      { store: 'redis', reason: plain(reason) },
      'limits of callers are not shared: this server enforces its share',
    );
  }

  /** The file of its address has changed: that is used from now on. */
  storeMoved(): void {
    this.#log.info(STORE, 'the address of the store of limits was read again');
  }

  /** The file has changed and cannot be used: the address before it still is. `reason`: without its content. */
  storeRefused(reason: string): void {
    this.#log.error({ ...STORE, reason }, 'the address of the store of limits could not be read again');
  }
}
