/** What all workers of a pool are set up with, and what is known of their tasks beforehand. */
import type { Decoder, SetupTask } from '../thread/load.ts';
import { CPU } from '../thread/device.ts';
import type { WorkerTask } from '../thread/messages.ts';

/** starting: no sessions yet. loading: opens sessions, takes no batches. dead: its thread ended; will be restarted. */
export type WorkerState = 'starting' | 'loading' | 'ready' | 'dead' | 'closed';

/** Milliseconds that a start usually takes; used until one was measured. */
export const USUAL_START_MS = 500;

/** The file of a task that loads a model. */
export const fileOf = (task: WorkerTask): string | undefined =>
  task.kind === 'load' ? task.file : task.kind === 'open' ? task.load.file : undefined;

export interface WorkerSettings {
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

/** Whether a worker of these settings runs models in its own thread. */
export const isOnCpu = ({ device = CPU }: Pick<WorkerSettings, 'device'>): boolean => device === CPU;

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
