/** What all workers of a pool are set up with, and what is known of their tasks beforehand. */
import type { Decoder, SetupTask } from '../thread/load.ts';
import { CPU } from '../thread/device.ts';
import type { BatchTask, WorkerTask } from '../thread/messages.ts';

/** starting: no sessions yet. loading: opens sessions, takes no batches. dead: its thread ended; will be restarted. */
export type WorkerState = 'starting' | 'loading' | 'ready' | 'dead' | 'closed';

/** Milliseconds that a start usually takes; used until one was measured. */
export const USUAL_START_MS = 500;

/** The file of a task that loads a model. */
export const fileOf = (task: WorkerTask): string | undefined =>
  task.kind === 'load' ? task.file : task.kind === 'open' ? task.load.file : undefined;

/** Called on changes of a worker. */
export interface WorkerWatch<Worker> {
  /** A task that was not a batch is done: the worker has room for a batch again. */
  free(worker: Worker): void;
  /** The thread has ended. */
  died(worker: Worker): void;
  /** Called after died() with the error that ended the thread, if there is one. */
  diedOf(worker: Worker, cause: unknown): void;
}

/** Only this worker has wide sessions: while one of them runs, no other batch runs. */
const WIDE_WORKER = 0;

export interface WorkerSettings {
  /** Set for a device: has the images of a batch decoded elsewhere before it is run. Never rejects. */
  readonly decoded?: (task: BatchTask, slab: SharedArrayBuffer) => Promise<BatchTask>;
  /** What it runs models on: the CPU where it is left out. */
  readonly device?: string;
  /** Set for a thread that runs no batches: it loads models while workers serve, at a lower priority. */
  readonly background?: boolean;
  /** The module that the thread runs. */
  readonly file: URL;
  readonly decoder: Decoder;
  readonly maxImagePixels: number;
  /** Instances of the versions whose results say what their images looked like. It changes while they are served. */
  readonly watched?: ReadonlySet<number>;
  /** Descriptor of the file in which threads have on record what they do; undefined: none is kept. */
  readonly journal?: number | undefined;
  /** Threads of a wide session: the number of cores that all workers share. */
  readonly wideThreads: number;
}

/** Whether the worker has wide sessions besides its narrow ones. */
export const hasWide = ({ device = CPU, wideThreads }: WorkerSettings, id: number): boolean =>
  id === WIDE_WORKER && wideThreads > 1 && device === CPU;

/** The first task of a thread. */
export const setupTaskOf = (
  { decoder, maxImagePixels, background = false, journal }: WorkerSettings,
  id: number,
  slab: SharedArrayBuffer,
): SetupTask => ({
  kind: 'setup',
  slab,
  decoder,
  maxImagePixels,
  // The thread that loads has the id -1.
  record: journal === undefined ? undefined : { descriptor: journal, place: id + 1 },
  background,
});
