/** The process of an isolated version has ended, or is being started again. */
import type { Failure } from '../../src/errors.ts';

export class ProcessDied extends Error {
  readonly failure: Failure;

  /** `signal`: of a crash, for the first that hears of it. `losses`: of a device, in the last minute. */
  constructor(detail: string, { signal, losses }: { signal?: string | undefined; losses?: number } = {}) {
    super(detail);
    this.failure =
      losses === undefined
        ? { code: 'WORKER_DIED', detail, ...(signal === undefined ? {} : { signal }) }
        : { code: 'DEVICE_LOST', detail, losses };
  }
}
