/**
 * Who schedules what: the workers of the CPU have a scheduler, and so has each device. Versions on different devices do not
 * wait for each other.
 */
import type { BatchRecord } from '../../scheduler/recent-batches.ts';
import type { Scheduler } from '../../scheduler/scheduler.ts';
import { CPU } from '../../thread/device.ts';
import type { Intake } from '../intake.ts';

export interface Lane {
  readonly scheduler: Scheduler;
  readonly intake: Intake;
}

export class Lanes {
  readonly #make: (device: string) => Lane;
  readonly #lanes = new Map<string, Lane>();

  constructor(make: (device: string) => Lane) {
    this.#make = make;
  }

  /** Of a device. It is made when it is first asked for. */
  of(device: string): Lane {
    const lane = this.#lanes.get(device) ?? this.#make(device);
    this.#lanes.set(device, lane);
    return lane;
  }

  /** Whether anything was to run elsewhere than on the CPU. */
  get hasDevices(): boolean {
    return [...this.#lanes.keys()].some((device) => device !== CPU);
  }

  /** Dispatches every batch that can leave now. */
  wake(): void {
    for (const { scheduler } of this.#lanes.values()) scheduler.wake();
  }

  /** Fails all that is queued or runs. */
  giveUp(): void {
    for (const { scheduler } of this.#lanes.values()) scheduler.giveUp();
  }

  /** The last batches of all of them, newest first. */
  get batches(): readonly BatchRecord[] {
    return [...this.#lanes.values()]
      .flatMap(({ scheduler }) => scheduler.recent.batches)
      .sort((a, b) => b.at - a.at);
  }
}
