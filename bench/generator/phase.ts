/**
 * A phase of load, as the generator's process is asked for it, and its outcome. Both cross a process boundary
 * by structured clone: plain objects and Buffers only. Times are milliseconds, rates per second.
 */
import type { Percentiles } from '../../tools/load/latencies.ts';

interface Request {
  /** http://host:port/path */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent in turn. */
  readonly bodies: readonly Buffer[];
}

interface Timing {
  /** Load before anything counts. */
  readonly warmUpMs: number;
  readonly durationMs: number;
  /** Processes whose CPU seconds are read at both ends of the part that counts. */
  readonly pids: readonly number[];
  /** Answers later than this are not goodput. */
  readonly sloMs: number;
}

/** As many requests in flight as `connections`. */
export interface ClosedPhase extends Request, Timing {
  readonly kind: 'closed';
  readonly connections: number;
}

/** Requests are sent at their time, whatever the server does. */
export interface OpenPhase extends Request, Timing {
  readonly kind: 'open';
  /** Mean of the Poisson arrivals. */
  readonly perSecond: number;
  readonly seed: number;
  /** Share of the requests whose client closes its socket while it waits, 0 to 1. */
  readonly abortShare?: number;
}

/** `requests` of them at once, on connections that are open already; the phase ends with the last answer. */
export interface BurstPhase extends Request {
  readonly kind: 'burst';
  readonly requests: number;
  readonly pids: readonly number[];
  readonly sloMs: number;
}

export type Phase = ClosedPhase | OpenPhase | BurstPhase;

export interface Outcome {
  /** Seconds of the part that counts; counts over these are rates. */
  readonly seconds: number;
  /** Requests whose time to be sent lay in the part that counts. */
  readonly sent: number;
  /** Answers 2xx. */
  readonly good: number;
  /** Of these, within the SLO. */
  readonly inTime: number;
  /** Answers 429 and 503. */
  readonly refused: number;
  /** Other codes, time-outs, connection errors. */
  readonly failed: number;
  /** What failed, by kind, to name it. */
  readonly failures: Readonly<Record<string, number>>;
  /** Clients that went away on purpose. */
  readonly aborted: number;
  /** Of good answers; NaN when there was none. */
  readonly latency: Percentiles;
  readonly refusal: Percentiles;
  /** How late the generator itself sent, after the intended time: zero in a closed loop. */
  readonly lagP99: number;
  /** CPU seconds per second: of `pids`, and of the generator. */
  readonly serverCpu: number;
  readonly generatorCpu: number;
  /** Resident memory of `pids` at the end. */
  readonly serverRssMiB: number;
}
