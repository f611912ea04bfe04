/** What came of the requests of one phase: counts and latencies. */
import { processorSeconds, residentMiB } from '../../tools/process/usage.ts';
import type { Ending } from './connections.ts';
import { Latencies } from '../../tools/load/latencies.ts';
import type { Outcome } from './phase.ts';

const MICROSECONDS = 1e6;

export type Used = Pick<Outcome, 'seconds' | 'serverCpu' | 'generatorCpu' | 'serverRssMiB'>;

export class Count {
  readonly lag = new Latencies();
  readonly #sloMs: number;
  readonly #good = new Latencies();
  readonly #refused = new Latencies();
  readonly #failures: Record<string, number> = {};
  #sent = 0;
  #inTime = 0;
  #failed = 0;
  #aborted = 0;

  constructor(sloMs: number) {
    this.#sloMs = sloMs;
  }

  /** A request that was sent so many milliseconds after its time. */
  sent(lagMs: number): void {
    this.#sent++;
    this.lag.record(lagMs);
  }

  /** A request that ended so many milliseconds after its time. */
  ended(ending: Ending, ms: number): void {
    if (typeof ending === 'number' && ending >= 200 && ending < 300) {
      this.#good.record(ms);
      if (ms <= this.#sloMs) this.#inTime++;
    } else if (ending === 429 || ending === 503) {
      this.#refused.record(ms);
    } else if (ending === 'aborted') {
      this.#aborted++;
    } else {
      this.#failed++;
      this.#failures[ending] = (this.#failures[ending] ?? 0) + 1;
    }
  }

  outcome(seconds: number, usage: Omit<Used, 'seconds'>): Outcome {
    return {
      ...usage,
      seconds,
      sent: this.#sent,
      good: this.#good.count,
      inTime: this.#inTime,
      refused: this.#refused.count,
      failed: this.#failed,
      failures: this.#failures,
      aborted: this.#aborted,
      latency: this.#good.percentiles(),
      refusal: this.#refused.percentiles(),
      lagP99: this.lag.count === 0 ? 0 : this.lag.quantile(0.99),
    };
  }
}

/** Processor time from its making to end(), of the server's processes and of this one, and the server's memory then. */
export class Usage {
  readonly #pids: readonly number[];
  readonly #at = performance.now();
  readonly #own = process.cpuUsage();
  readonly #server: number;

  constructor(pids: readonly number[]) {
    this.#pids = pids;
    this.#server = processorSeconds(pids);
  }

  end(): Used {
    const seconds = (performance.now() - this.#at) / 1000;
    const { user, system } = process.cpuUsage(this.#own);
    return {
      seconds,
      serverCpu: (processorSeconds(this.#pids) - this.#server) / seconds,
      generatorCpu: (user + system) / MICROSECONDS / seconds,
      serverRssMiB: residentMiB(this.#pids),
    };
  }
}
