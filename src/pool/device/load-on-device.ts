/**
 * Loads a version on a device, and on the CPU where that fails and is allowed to. Loading is the work of a process of its
 * own, so that the versions that serve on the device go on; only the device itself is shared.
 */
import type { Clock } from '../../clock.ts';
import { CPU } from '../../thread/device.ts';
import type { Loaded } from '../../thread/load.ts';
import { SLOTS_PER_WORKER } from '../../thread/slab-layout.ts';
import { usable } from '../loader.ts';
import { runOne, type Examination } from '../run-one.ts';
import type { WedgedLimits } from '../supervisor.ts';
import type { ModelTask, PoolWorker } from '../worker.ts';

/** A run, or a load, that takes this share of the time after which a thread is wedged is ended with its process. */
export const ENDED_AT = 0.9;

/** Milliseconds between two looks whether a worker has room for a batch. */
const POLL_MS = 5;

export interface LoadedOnDevice {
  readonly report: Loaded;
  /** Loads the same again, without measuring. */
  readonly again: ModelTask;
}

/** @throws ServingError MODEL_UNAVAILABLE; what `examine` throws; Error when the thread dies */
export async function loadOnDevice(
  worker: PoolWorker,
  task: ModelTask,
  { wedgedAfterMs, loadWedgedAfterMs }: WedgedLimits,
  clock: Clock,
  examine?: Examination,
): Promise<LoadedOnDevice> {
  const isolation = {
    killAfterMs: task.isolation?.killAfterMs ?? ENDED_AT * wedgedAfterMs,
    killLoadAfterMs: ENDED_AT * loadWedgedAfterMs,
  };
  // What is to be done without the device is decided here.
  const own: ModelTask = { ...task, isolation, deviceFallback: 'error', compiledFolder: undefined };
  const report = usable(await worker.loadAside(own));
  await examine?.(report, async (payload) => {
    while (worker.holding >= SLOTS_PER_WORKER)
      await new Promise<void>((resolve) => void clock.after(POLL_MS, resolve));
    return runOne(worker, task.instance, payload, report.warmUp[0]?.ms);
  });
  const { payingRows, joins, opened } = report;
  return { report, again: { ...own, warmUpTo: payingRows, joins, served: opened } };
}

/** Loads on the device of the task or, where that fails and the task allows it, on the CPU. The report then says why. */
export async function orOnCpu<Result extends { readonly report: Loaded }>(
  task: ModelTask,
  onDevice: () => Promise<Result>,
  onCpu: (task: ModelTask) => Promise<Result>,
): Promise<Result> {
  if (task.device === CPU) return onCpu(task);
  try {
    return await onDevice();
  } catch (error) {
    if (task.deviceFallback === 'error') throw error;
    const loaded = await onCpu(onCpuInstead(task));
    const fallbackReason = error instanceof Error ? error.message : String(error);
    return { ...loaded, report: { ...loaded.report, fallbackReason } };
  }
}

/** What was found out about batches on the device does not hold there. */
export const onCpuInstead = (task: ModelTask): ModelTask => ({ ...task, device: CPU, warmUpTo: undefined });
