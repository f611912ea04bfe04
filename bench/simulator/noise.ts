/** The noise of a simulated machine: spread, stalls, drift and slow phases. It does not depend on the scheduler. */
import { Random } from './random.ts';

export interface Noise {
  /** Standard deviation of the logarithm of a run's duration over its mean. */
  readonly spread: number;
  /** Share of runs that are stalled by something else, 0 to 1. */
  readonly stallShare: number;
  /** Mean duration of a stall. */
  readonly stallMs: number;
  /** The duration of runs oscillates between 1 and this many times the mean. 1: no drift. */
  readonly drift: number;
  readonly driftPeriodMs: number;
  /** From `fromMs` on, runs take `factor` times as long. */
  readonly slower: { readonly fromMs: number; readonly factor: number } | undefined;
}

export const QUIET: Noise = {
  spread: 0.08,
  stallShare: 0,
  stallMs: 0,
  drift: 1,
  driftPeriodMs: 10_000,
  slower: undefined,
};

/** A virtual machine on a shared host; the spread is about that of this repository's benchmarks. */
export const NOISY: Noise = { ...QUIET, spread: 0.15, stallShare: 0.002, stallMs: 30, drift: 1.3 };

export const SLOWING: Noise = { ...QUIET, slower: { fromMs: 8_000, factor: 1.8 } };

/** The noise of one run: its duration is multiplied by `factor`, and `stallMs` is added. */
export interface RunNoise {
  readonly factor: number;
  readonly stallMs: number;
}

/**
 * The noise of successive runs of one worker. It belongs to the machine, not to the request, so a scheduler that knows it
 * cannot gain by choosing requests.
 */
export class RunNoises {
  readonly #noise: Noise;
  readonly #random: Random;
  #next: RunNoise;

  constructor(noise: Noise, seed: number, worker: number) {
    this.#noise = noise;
    this.#random = new Random(seed * 1009 + worker);
    this.#next = this.#draw();
  }

  /** The noise of the run that this worker starts next. */
  get next(): RunNoise {
    return this.#next;
  }

  /** Returns the noise of the next run and advances. */
  take(): RunNoise {
    const taken = this.#next;
    this.#next = this.#draw();
    return taken;
  }

  #draw(): RunNoise {
    const { spread, stallShare, stallMs } = this.#noise;
    const factor = this.#random.lognormal(spread);
    return { factor, stallMs: this.#random.next() < stallShare ? this.#random.exponential(stallMs) : 0 };
  }
}

/** The factor by which drift and slow phases multiply the duration of a run that starts at `at` (milliseconds). */
export function slownessAt({ drift, driftPeriodMs, slower }: Noise, at: number): number {
  const swing = 1 + ((drift - 1) * (1 - Math.cos((2 * Math.PI * at) / driftPeriodMs))) / 2;
  return slower !== undefined && at >= slower.fromMs ? swing * slower.factor : swing;
}
