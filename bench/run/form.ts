/** The two forms of the benchmark: how often and how long each thing is measured. The quick one leaves out what takes longest. */
export interface Form {
  readonly name: 'quick' | 'full';
  readonly repetitions: number;
  /** Pairs of a target that is a ratio. */
  readonly pairs: number;
  /** One side of a pair. */
  readonly pairMs: number;
  readonly warmUpMs: number;
  /** One phase of load. */
  readonly phaseMs: number;
  /** One repetition of a ceiling. */
  readonly ceilingMs: number;
  readonly concurrencies: readonly number[];
  /** Offered rates of the open loop, as shares of the ceiling. */
  readonly shares: readonly number[];
  /** One step of the search for the highest rate, and its confirmation. */
  readonly searchMs: number;
  readonly searchSteps: number;
  readonly confirmMs: number;
  readonly pods: readonly { readonly cpus: number; readonly memoryMiB: number; readonly offered: number }[];
  readonly podMs: number;
  /** Several servers behind a proxy, each with this share of the CPU of a pod of 1 CPU, and of its load. */
  readonly fleet: {
    readonly pods: number;
    readonly ofPod: number;
    /** Requests per second to as many whole pods; what is offered is `ofPod` of it. */
    readonly rates: readonly number[];
    /** How many of them are restarted under load. */
    readonly restarts: number;
    /** As `rates`, while one of them is away. */
    readonly restartRate: number;
  };
  /** Requests before the memory is read, and how often that is done: it takes minutes. */
  readonly memoryRequests: number;
  readonly memoryRepetitions: number;
}

const pods = [
  { cpus: 0.5, memoryMiB: 512 },
  { cpus: 1, memoryMiB: 1024 },
].flatMap((size) => [20, 50].map((offered) => ({ ...size, offered })));

export const FORMS: Readonly<Record<Form['name'], Form>> = {
  full: {
    name: 'full',
    repetitions: 5,
    pairs: 8,
    pairMs: 2000,
    warmUpMs: 500,
    phaseMs: 2500,
    ceilingMs: 2000,
    concurrencies: [1, 2, 4, 8, 16, 32, 64, 128],
    shares: [0.1, 0.25, 0.5, 0.7, 0.9, 1, 1.2, 1.5, 2, 3],
    searchMs: 5000,
    searchSteps: 5,
    confirmMs: 20_000,
    pods,
    podMs: 6000,
    fleet: { pods: 5, ofPod: 0.4, rates: [100, 250], restarts: 5, restartRate: 100 },
    memoryRequests: 10_000,
    memoryRepetitions: 2,
  },
  quick: {
    name: 'quick',
    repetitions: 2,
    pairs: 3,
    pairMs: 500,
    warmUpMs: 150,
    phaseMs: 600,
    ceilingMs: 300,
    concurrencies: [1, 16, 64],
    shares: [0.5, 1, 3],
    searchMs: 800,
    searchSteps: 2,
    confirmMs: 1500,
    pods: [{ cpus: 1, memoryMiB: 1024, offered: 50 }],
    podMs: 1200,
    fleet: { pods: 5, ofPod: 0.4, rates: [250], restarts: 1, restartRate: 100 },
    memoryRequests: 300,
    memoryRepetitions: 1,
  },
};
