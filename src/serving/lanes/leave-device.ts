/**
 * A version leaves its device for the CPU, after it has lost it too often. Until the CPU's workers have it, its requests
 * fail or succeed as the device does; from then on they find its new queue.
 */
import type { Clock } from '../../clock.ts';
import type { Pool } from '../../pool/pool.ts';
import type { Lanes } from './lanes.ts';
import type { Queue } from '../model-version.ts';

/** Losses in a minute after which the CPU takes over, where it may. */
export const LOSSES_TO_LEAVE = 3;

/** Milliseconds between two looks whether the old queue is empty. */
const POLL_MS = 10;

/** The old queue, which requests no longer find, is answered to its end; then the device has the version no more. */
export async function leaveDevice(
  { batcher }: Queue,
  instance: number,
  device: string,
  { clock, pool, lanes }: { readonly clock: Clock; readonly pool: Pool; readonly lanes: Lanes },
): Promise<void> {
  while (batcher.queuedRows > 0) await new Promise<void>((resolve) => void clock.after(POLL_MS, resolve));
  lanes.of(device).scheduler.remove(batcher);
  await pool.leaveDevice(instance, device);
}
