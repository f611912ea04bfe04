/**
 * The raw results of a benchmark run, as they lie in bench/results/<date>-<commit>.json. Every figure is kept as the
 * list of its repetitions, in the order in which they were taken; medians, spreads and ratios are the report's to make.
 * Times are milliseconds, rates are per second, memory is MiB.
 */

/** One value for each repetition. */
export type Repetitions = readonly number[];

export type ModelName = 'fp32' | 'int8';

export interface Results {
  readonly schema: 1;
  readonly form: 'quick' | 'full';
  /** `peers`: holds what was measured side by side with other servers, and is no run of its own. */
  readonly part?: 'peers';
  /** ISO 8601. */
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly commit: string;
  /** Whether the working tree differed from the commit. */
  readonly dirty: boolean;
  readonly machine: Machine;
  readonly ceilings: readonly Ceiling[];
  readonly closedLoop: readonly ClosedLoop[];
  readonly openLoop: readonly OpenLoop[];
  readonly highestRates: readonly HighestRate[];
  readonly scenarios: readonly Scenario[];
  readonly pods: readonly Pod[];
  /** Absent from results that are older than it. */
  readonly fleets?: readonly Fleet[];
  /** Absent from results that are older than it. */
  readonly processorTimes?: readonly ProcessorTime[];
  readonly micro: readonly Micro[];
  readonly targets: readonly Target[];
  /** What could not be measured, and why: shown as it is. */
  readonly skipped: readonly { readonly what: string; readonly why: string }[];
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  /** node, onnxruntime-node, uWebSockets.js, ... and for peers their packages: name to version. */
  readonly versions: Readonly<Record<string, string>>;
  /** How generator and server shared the cores, as a sentence. */
  readonly pinning: string;
}

/** What the machine does with no server in the way. */
export interface Ceiling {
  /** `decode`, `run`, `decode and run`, `decode and wide run` or `echo`. */
  readonly what: string;
  readonly model?: string;
  /** Rows of a batch. */
  readonly bucket?: number;
  readonly threads: number;
  /** Images, rows or requests per second. */
  readonly perSecond: Repetitions;
  /** Median milliseconds of one turn. */
  readonly p50?: Repetitions;
}

/** Percentiles of one phase of load, each with its repetitions. */
export interface Latency {
  readonly p50: Repetitions;
  readonly p95: Repetitions;
  readonly p99: Repetitions;
  readonly p999: Repetitions;
}

/** As many connections as `concurrency`, each sending its next request when the last one is answered. */
export interface ClosedLoop extends Latency {
  /** `ortolan`, or the name of a peer. */
  readonly server: string;
  /** By what its setting was chosen: p50 at one connection, or throughput at 16. Throughput where it is absent. */
  readonly bestFor?: 'latency' | 'throughput';
  /** The peer's settings (workers, threads, batching) that were best. */
  readonly setting?: string;
  /** Only in our rows: the peer that was measured in turn with our server. */
  readonly beside?: string;
  readonly model: string;
  readonly concurrency: number;
  /** Good answers per second. */
  readonly perSecond: Repetitions;
  /** Answers other than 2xx, and connection errors, over all repetitions. */
  readonly failed: number;
  /** CPU seconds of the server per second. */
  readonly cpu?: Repetitions;
  readonly rssMiB?: Repetitions;
}

/** Poisson arrivals; latency counts from the intended send time and is that of good answers. */
export interface OpenLoop extends Latency {
  readonly server: string;
  readonly setting?: string;
  readonly beside?: string;
  readonly model: string;
  readonly sloMs: number;
  /** Requests per second that were meant to be sent, and that as a share of the decode-and-run ceiling. */
  readonly offered: number;
  readonly ofCeiling: number;
  /** Good answers within the SLO, per second. */
  readonly goodput: Repetitions;
  /** Good answers per second, in time or not. */
  readonly answered: Repetitions;
  /** Answers 429 and 503 per second. */
  readonly refused: Repetitions;
  /** Everything else per second: other codes, time-outs, connection errors. */
  readonly failed: Repetitions;
  /** 99th percentile of the time of a refusal; empty when nothing was refused. */
  readonly refusalP99: Repetitions;
  /** How late the generator itself sent: 99th percentile. It is part of the latencies. */
  readonly generatorLagP99?: Repetitions;
  /** Repetitions in which the generator fell more than 20 ms behind: what was offered was less even than it claims. */
  readonly behind?: number;
}

/** The highest Poisson rate whose p99 stays inside the SLO, by binary search. */
export interface HighestRate {
  readonly server: string;
  readonly model: string;
  readonly sloMs: number;
  readonly perSecond: number;
  readonly requests: number;
  /** Confidence that the true share of late answers is at most 1 %, 0 to 1. */
  readonly confidence: number;
}

/** Anything else that is loaded: a mix of sizes, tensors, a burst, aborting clients. */
export interface Scenario extends Partial<Latency> {
  /** Short and stable: `mix of sizes`. */
  readonly name: string;
  /** What was done, as a sentence. */
  readonly description: string;
  readonly server: string;
  readonly perSecond?: Repetitions;
  readonly failed?: number;
  /** Further figures of this scenario alone: name with unit, to value. */
  readonly figures?: Readonly<Record<string, Repetitions>>;
}

/** One server under the limits of a pod, open loop. */
export interface Pod extends Latency {
  readonly cpus: number;
  readonly memoryMiB: number;
  /** How the limits were made: control groups, or the stated substitute. */
  readonly limitedBy: string;
  readonly model: string;
  readonly offered: number;
  readonly goodput: Repetitions;
  readonly failed: number;
  /** CPU seconds per second. */
  readonly cpu: Repetitions;
  readonly rssMiB: Repetitions;
  readonly startMs: Repetitions;
}

/** Several servers, each under limits of its own, open loop: behind a proxy here, or simulated. */
export interface Fleet extends Latency {
  readonly kind: 'measured' | 'simulated';
  readonly pods: number;
  /** Of each. */
  readonly cpus: number;
  readonly model: string;
  /** To all of them together. */
  readonly offered: number;
  readonly goodput: Repetitions;
  readonly failed: number;
  /** How it was obtained, as a sentence. */
  readonly how: string;
  /** What clients saw while servers were restarted one after the other. */
  readonly restart?: {
    /** To those that were there. */
    readonly offered: number;
    readonly restarts: number;
    readonly seconds: number;
    readonly sent: number;
    /** Answered 503 for want of capacity. */
    readonly refused: number;
    /** Everything else but good answers. */
    readonly failed: number;
    /** Of them, ended with another code than 0. */
    readonly badExits: number;
    readonly p50: number;
    readonly p99: number;
  };
}

/**
 * What an answer costs our server and a peer that were loaded in turn: user and system time of the whole process tree over good
 * answers, in milliseconds; `a` ours, `b` theirs.
 */
export interface ProcessorTime {
  /** The peer, in the setting that had the most throughput. */
  readonly server: string;
  readonly setting: string;
  readonly model: string;
  readonly connections: number;
  readonly pairs: readonly { readonly a: number; readonly b: number }[];
  /** Versions of onnxruntime: the kernels are most of an answer, so that other versions compare those and not the servers. */
  readonly onnxruntime: { readonly ours: string; readonly theirs: string };
}

/** Nanoseconds of one call of something small. */
export interface Micro {
  readonly name: string;
  readonly ns: Repetitions;
}

/** A target, and what this run has measured of it. */
export interface Target {
  readonly name: string;
  readonly model?: string;
  /** What the median is compared with. */
  readonly bound: number;
  readonly better: 'at least' | 'at most';
  /** `ratio`, `ms`, `MiB`, `requests per second`. */
  readonly unit: string;
  /** Pairs taken in turn; the figure is the median of a / b. Absent for a plain figure. */
  readonly pairs?: readonly { readonly a: number; readonly b: number }[];
  /** Absent where there are pairs. */
  readonly values?: Repetitions;
  /** What a and b are, or how the figure was taken. */
  readonly how: string;
  /** Of pairs in which b is a peer's: which figure of which server, for others than the table of targets. */
  readonly against?: {
    readonly server: string;
    readonly setting: string;
    readonly figure: 'throughput' | 'p50' | 'p99' | 'processor time';
    readonly connections: number;
  };
}
