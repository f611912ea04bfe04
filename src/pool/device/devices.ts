/**
 * The devices beside the CPU. Each has one thread, whatever models it runs, and the processes of their sessions, one for each
 * version: a device does one thing at a time, and two sessions of a version would halve its batches. The thread starts when
 * the first version asks for the device. It runs no model itself, so that it is one thread more than there are cores.
 */
import type { PoolWorker } from '../worker.ts';

interface Owned {
  readonly worker: PoolWorker;
  started: Promise<void> | undefined;
}

export class Devices {
  readonly #create: (number: number, device: string) => PoolWorker;
  readonly #owned = new Map<string, Owned>();

  /** `create` returns a thread that is not set up yet. `number`: of the device among those that were asked for, from 0. */
  constructor(create: (number: number, device: string) => PoolWorker) {
    this.#create = create;
  }

  /** The threads of all devices that were asked for. */
  get workers(): readonly PoolWorker[] {
    return [...this.#owned.values()].map(({ worker }) => worker);
  }

  /** The thread of a device, which may not be set up yet. */
  workerOf(device: string): PoolWorker {
    return this.#of(device).worker;
  }

  /** The thread of a device, set up. Rejects when it cannot be. */
  async started(device: string): Promise<PoolWorker> {
    const owned = this.#of(device);
    // One that has died is set up again by the supervisor.
    owned.started ??= owned.worker.setup().then(() => owned.worker.ready());
    try {
      await owned.started;
    } catch (error) {
      owned.started = undefined;
      throw error;
    }
    return owned.worker;
  }

  #of(device: string): Owned {
    const owned = this.#owned.get(device) ?? {
      worker: this.#create(this.#owned.size, device),
      started: undefined,
    };
    this.#owned.set(device, owned);
    return owned;
  }
}
