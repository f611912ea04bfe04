/** What the machine does besides: drift, slow phases and stalls. The same for every scheduler that is put before it. */
import { Random } from './random.ts';

export interface Weather {
  /** Standard deviation of the logarithm of one run's duration over the mean. */
  readonly spread: number;
  /** Share of runs that are held up by something else, and for how long. */
  readonly stallShare: number;
  readonly stallMs: number;
  /** The machine swings between full speed and that many times slower. 1: it does not. */
  readonly drift: number;
  readonly driftPeriodMs: number;
  /** From one moment on the machine is so many times slower. */
  readonly slower: { readonly fromMs: number; readonly factor: number } | undefined;
}

export const CALM: Weather = {
  spread: 0.08,
  stallShare: 0,
  stallMs: 0,
  drift: 1,
  driftPeriodMs: 10_000,
  slower: undefined,
};

/** A virtual machine among others: what durations spread here is about what the benchmarks of this repository see. */
export const BREEZY: Weather = { ...CALM, spread: 0.15, stallShare: 0.002, stallMs: 30, drift: 1.3 };

export const SLOWING: Weather = { ...CALM, slower: { fromMs: 8_000, factor: 1.8 } };

/** What the machine brings upon one run. */
export interface Luck {
  readonly factor: number;
  readonly stallMs: number;
}

/**
 * The luck of the runs of one worker, one after the other, whatever is run: it is the machine's, and no request is
 * lucky by itself. So a scheduler that knows it cannot gain by picking the lucky ones.
 */
export class Lucks {
  readonly #weather: Weather;
  readonly #random: Random;
  #next: Luck;

  constructor(weather: Weather, seed: number, worker: number) {
    this.#weather = weather;
    this.#random = new Random(seed * 1009 + worker);
    this.#next = this.#draw();
  }

  /** Of the run that this worker begins next. */
  get next(): Luck {
    return this.#next;
  }

  take(): Luck {
    const luck = this.#next;
    this.#next = this.#draw();
    return luck;
  }

  #draw(): Luck {
    const { spread, stallShare, stallMs } = this.#weather;
    const factor = this.#random.lognormal(spread);
    return { factor, stallMs: this.#random.next() < stallShare ? this.#random.exponential(stallMs) : 0 };
  }
}

/** How many times slower than on a quiet machine a run is that begins at that moment. */
export function slownessAt({ drift, driftPeriodMs, slower }: Weather, at: number): number {
  const swing = 1 + ((drift - 1) * (1 - Math.cos((2 * Math.PI * at) / driftPeriodMs))) / 2;
  return slower !== undefined && at >= slower.fromMs ? swing * slower.factor : swing;
}
